import { setImmediate as nextTurn } from 'node:timers/promises';
import { describe, expect, it, vi } from 'vitest';
import { thrown } from '../../test/support/hostile-values.js';
import { ManualTimerWheel } from '../../test/support/manual-timer-wheel.js';
import { serviceRig } from '../../test/support/service-rig.js';
import type { HookKind } from './hook-events.js';

type Calls = Partial<Record<HookKind, () => unknown>>;

function withHooks(calls: Calls) {
  const wheel = new ManualTimerWheel();
  const of = (kind: HookKind) => {
    const call = calls[kind];
    return call === undefined ? [] : [{ name: `Hooks.${kind}`, call }];
  };
  return { ...serviceRig({}, undefined, { wheel, hooks: { of } }), wheel };
}

describe('a hook', () => {
  it('that never ends is waited for 30 s at most; then it is logged, and the next one is called', async () => {
    const gone = vi.fn<() => void>();
    const { connect, hooks, wheel, log } = withHooks({ connect: () => new Promise(() => {}), disconnect: gone });
    const error = vi.spyOn(log, 'write');
    const { connection, socket } = connect('ann');
    socket.close(1000);
    await nextTurn();
    expect(wheel.size).toBe(1);
    expect(gone).not.toHaveBeenCalled();
    const done = hooks.whenDone(connection);
    wheel.passTime();
    await done;
    expect(gone).toHaveBeenCalledTimes(1);
    expect(hooks.size).toBe(0);
    const message = 'It was not done within 30000 ms.';
    expect(error).toHaveBeenCalledWith('error', connection, 'hook failed', {
      connection_id: connection.id,
      hook: 'Hooks.connect',
      error: expect.objectContaining({ name: 'TimeoutError', message }),
    });
  });

  it('arms no timer where it returns no promise, and disarms it where the promise settles', async () => {
    const { connect, hooks, wheel } = withHooks({ connect: () => 1, disconnect: () => Promise.resolve() });
    const arm = vi.spyOn(wheel, 'arm');
    const { connection, socket } = connect('ann');
    await hooks.whenDone(connection);
    expect(arm).not.toHaveBeenCalled();
    socket.close(1000);
    await hooks.whenDone(connection);
    expect([arm.mock.calls.length, wheel.size]).toEqual([1, 0]);
  });

  const throwing = Object.entries(thrown).flatMap(([what, make]) => [
    [
      `throws ${what}`,
      () => {
        throw make();
      },
    ] as const,
    [`rejects with ${what}`, () => Promise.reject(make())] as const,
    [
      `returns a thenable that throws ${what}`,
      () => ({
        then: () => {
          throw make();
        },
      }),
    ] as const,
    [
      `returns a thenable whose getter throws ${what}`,
      () => ({
        get then() {
          throw make();
        },
      }),
    ] as const,
  ]);

  it.each(throwing)('that %s keeps nothing from its queue, and is logged', async (_what, connected) => {
    const gone = vi.fn<() => void>();
    const { connect, hooks, log } = withHooks({ connect: connected, disconnect: gone });
    const write = vi.spyOn(log, 'write');
    const { connection, socket } = connect('ann');
    socket.close(1000);
    await hooks.whenDone(connection);
    expect(gone).toHaveBeenCalledTimes(1);
    expect(write).toHaveBeenCalledTimes(1);
    expect(hooks.size).toBe(0);
  });
});
