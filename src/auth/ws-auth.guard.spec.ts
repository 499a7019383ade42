import type { ExecutionContext } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { describe, expect, it } from 'vitest';
import { serviceRig } from '../../test/support/service-rig.js';
import { AllowUnauthenticated, WsAuthGuard } from './ws-auth.guard.js';

class Handlers {
  @AllowUnauthenticated()
  open(): void {}
  closed(): void {}
}

const contextOf = (client: unknown, name: keyof Handlers): ExecutionContext =>
  ({
    getHandler: () => Object.getOwnPropertyDescriptor(Handlers.prototype, name)?.value as unknown,
    switchToWs: () => ({ getClient: () => client }),
  }) as unknown as ExecutionContext;

describe('WsAuthGuard', () => {
  const guard = new WsAuthGuard(new Reflector());
  const { connect, table } = serviceRig();

  it('allows everything after authentication', () => {
    expect(guard.canActivate(contextOf(connect('alice').connection, 'closed'))).toBe(true);
  });

  it('allows only the messages for the unauthenticated before authentication', () => {
    const { connection } = connect();
    expect(guard.canActivate(contextOf(connection, 'open'))).toBe(true);
    expect(() => guard.canActivate(contextOf(connection, 'closed'))).toThrow(
      expect.objectContaining({ code: 'AUTHENTICATION_REQUIRED' }),
    );
  });

  it('denies a connection that has ended', () => {
    const { connection } = connect('alice');
    table.remove(connection);
    expect(() => guard.canActivate(contextOf(connection, 'closed'))).toThrow();
  });

  it('denies the client of another gateway', () => {
    expect(() => guard.canActivate(contextOf({ send: () => {} }, 'closed'))).toThrow();
  });
});
