import type { ExecutionContext } from '@nestjs/common';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { serviceRig } from '../../test/support/service-rig.js';
import { WsThrottlerGuard } from './ws-throttler.guard.js';

describe('Throttler', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  const flood = () => {
    const rig = serviceRig({ messageRate: 10, messageBurst: 5 });
    const client = rig.connect('alice');
    return { ...rig, ...client, count: () => rig.throttler.countMessage(client.connection) };
  };

  it('allows a burst and rejects the next message with a time to wait', () => {
    const { count, socket } = flood();
    for (let i = 0; i < 5; i += 1) count();
    expect(count).toThrow(expect.objectContaining({ code: 'RATE_LIMIT_EXCEEDED', details: { retry_after_ms: 100 } }));
    expect(socket.isOpen).toBe(true);
    vi.advanceTimersByTime(100);
    expect(count).not.toThrow();
  });

  it('answers as many rejections as the burst has messages, then closes with 4003 and a time to wait', () => {
    const { count, socket } = flood();
    for (let i = 0; i < 5; i += 1) count();
    for (let i = 0; i < 5; i += 1) expect(count).toThrow();
    expect(socket.isOpen).toBe(true);
    expect(count).toThrow();
    expect(socket.closes).toEqual([{ how: 'terminate', code: 4003, retryAfterMs: 100 }]);
  });

  it('separates the rates of two connections', () => {
    const { count, throttler, connect } = flood();
    for (let i = 0; i < 5; i += 1) count();
    expect(() => throttler.countMessage(connect('bob').connection)).not.toThrow();
  });

  it('closes with 4504 at the tenth invalid message in ten seconds, and not at the ninth', () => {
    const { throttler, connection, socket } = flood();
    for (let i = 0; i < 9; i += 1) throttler.countBadMessage(connection);
    expect(socket.closes).toEqual([]);
    throttler.countBadMessage(connection);
    expect(socket.closes).toEqual([{ how: 'terminate', code: 4504, retryAfterMs: undefined }]);
  });

  it('forgets invalid messages that are ten seconds old', () => {
    const { throttler, connection, socket } = flood();
    for (let i = 0; i < 9; i += 1) throttler.countBadMessage(connection);
    vi.advanceTimersByTime(10_000);
    for (let i = 0; i < 9; i += 1) throttler.countBadMessage(connection);
    expect(socket.closes).toEqual([]);
  });

  it('limits connection attempts and failed authentications by address', () => {
    const { throttler } = serviceRig({ connectRatePerIp: 1, connectBurstPerIp: 1, authFailuresPerIp: 6 });
    expect([throttler.connects.take('192.0.2.1'), throttler.connects.take('192.0.2.1')]).toEqual([0, 1000]);
    for (let i = 0; i < 6; i += 1) expect(throttler.authenticationFailures.take('192.0.2.1')).toBe(0);
    expect(throttler.authenticationFailures.waitMs('192.0.2.1')).toBeCloseTo(10_000);
  });
});

describe('acks', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  const acknowledging = () => {
    const { throttler, connect } = serviceRig({ messageRate: 1, messageBurst: 1 });
    const { connection, socket } = connect('alice');
    for (let at = 0; at < 1000; at += 1) socket.send({ type: 'pong' });
    /** Takes `count` acks, and returns the indexes after which the next message would have to wait. */
    const take = (count: number): number[] =>
      Array.from({ length: count }, (_, at) => {
        throttler.countAck(connection);
        return throttler.pauseAfterAck(connection) === undefined ? 0 : at + 1;
      }).filter((at) => at > 0);
    return { take };
  };

  it('wait from the second hundred on if they come all at once', () => {
    const { take } = acknowledging();
    expect(take(350)).toEqual([200, 300]);
  });

  it('never wait at 2,000 a second', () => {
    const { take } = acknowledging();
    for (let at = 0; at < 10; at += 1) {
      expect(take(100)).toEqual([]);
      vi.advanceTimersByTime(50);
    }
  });
});

describe('WsThrottlerGuard', () => {
  const guarded = () => {
    const { throttler, connect } = serviceRig({ messageRate: 1, messageBurst: 1 });
    const guard = new WsThrottlerGuard(throttler);
    const { connection, socket } = connect('alice');
    const take = (type: string) => {
      const message = { getClient: () => connection, getPattern: () => type };
      return guard.canActivate({ switchToWs: () => message } as unknown as ExecutionContext);
    };
    return { take, socket };
  };
  const refused = expect.objectContaining({ code: 'RATE_LIMIT_EXCEEDED' }) as Error;

  it('counts the message of the client that sent it', () => {
    const { take } = guarded();
    expect(take('ping')).toBe(true);
    expect(() => take('ping')).toThrow(refused);
  });

  it('lets a client acknowledge as often as it was sent something, plus its rate', () => {
    const { take, socket } = guarded();
    for (let at = 0; at < 3; at += 1) socket.send({ type: 'pong' });
    for (let at = 0; at < 4; at += 1) expect(take('ack')).toBe(true);
    expect(() => take('ack')).toThrow(refused);
    socket.send({ type: 'pong' });
    expect(take('ack')).toBe(true);
  });
});
