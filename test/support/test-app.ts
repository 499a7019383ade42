import type { ModuleMetadata } from '@nestjs/common';
import {
  AuthHandler,
  type Handshake,
  type Identity,
  SkreaverWsModule,
  type SkreaverWsModuleOptions,
} from '@skreaver/nestjs-ws';
import { type Hosting, type TestApp, hostApp } from './host-app.js';

export type { TestApp } from './host-app.js';

/** Bounds that a test of something else should not meet. */
const ROOMY = {
  maxConnectionsPerIp: 1000,
  connectRatePerIp: 10_000,
  connectBurstPerIp: 10_000,
  authFailuresPerIp: 10_000,
  messageRate: 10_000,
  messageBurst: 10_000,
} as const;

/** A real Nest application on a free port, closed when the test ends. */
export async function startApp(
  options: SkreaverWsModuleOptions = {},
  metadata: ModuleMetadata = {},
  hosting: Hosting = {},
): Promise<TestApp> {
  const imports = [...(metadata.imports ?? []), SkreaverWsModule.forRoot({ ...ROOMY, ...options })];
  return hostApp({ ...metadata, imports }, { ...hosting, path: options.path });
}

/**
 * Takes `token-<user>` for the user, `expires-<ms>-<user>` with an expiry so many ms from now; refuses the rest. A user may
 * do everything except in channels that begin with `private-<someone else>`.
 */
export class TestAuthHandler extends AuthHandler {
  override authenticate(token: string, _handshake: Handshake): string | Identity {
    const expiring = /^expires-(-?\d+)-(.+)$/.exec(token);
    if (expiring) return { userId: expiring[2] as string, expiresAt: new Date(Date.now() + Number(expiring[1])) };
    const user = /^token-(.+)$/.exec(token)?.[1];
    if (user === undefined) throw new Error(`bad token ${token}`);
    return user;
  }

  override checkPermission(userId: string, channel: string): boolean | Promise<boolean> {
    return !channel.startsWith('private-') || channel === `private-${userId}`;
  }
}

export const testAuth = { authHandler: { useClass: TestAuthHandler } } as const;
