import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AuthHandler } from '../../src/auth/index.js';
import { ManualTimerWheel } from '../support/manual-timer-wheel.js';
import { serviceRig } from '../support/service-rig.js';
import { explorer, interleave } from './explore.js';

const MAX = 2;
const CLIENTS = 5;

/** A token is the user's name; it is answered when the scheduler says so. */
class ScheduledHandler extends AuthHandler {
  constructor(private readonly scheduler: fc.Scheduler) {
    super();
  }
  override authenticate(token: string): Promise<string> {
    return this.scheduler.schedule(Promise.resolve(token), `token ${token}`);
  }
  override checkPermission(): boolean {
    return true;
  }
}

const OPTIONS = {
  refuse_newest: { maxConnectionsPerUser: MAX, connectionsPerUserPolicy: 'refuse_newest' as const },
  close_oldest: { maxConnectionsPerUser: MAX, connectionsPerUserPolicy: 'close_oldest' as const },
};
const policy = fc.constantFrom('refuse_newest' as const, 'close_oldest' as const);
const action = fc.record({
  do: fc.constantFrom('auth' as const, 'auth' as const, 'auth' as const, 'close' as const),
  who: fc.nat({ max: CLIENTS - 1 }),
});
type Action = typeof action extends fc.Arbitrary<infer A> ? A : never;

async function run(scheduler: fc.Scheduler, actions: readonly Action[], chosen: keyof typeof OPTIONS) {
  const rig = serviceRig(OPTIONS[chosen], new ScheduledHandler(scheduler), { wheel: new ManualTimerWheel() });
  const clients = Array.from({ length: CLIENTS }, () => rig.connect());
  const broken = new Set<string>();
  await interleave(scheduler, actions, async ({ do: what, who }) => {
    const { connection, socket } = clients[who] as (typeof clients)[number];
    if (connection.isClosed) return;
    if (what === 'close') return socket.close(1000);
    const wasIn = connection.userId !== undefined;
    const outcome = await rig.authMessages.authenticate(connection, { type: 'auth', data: { token: 'ann' } });
    if (wasIn && outcome?.answer.data.success === false) broken.add('a renewal was refused');
    if (outcome?.close !== undefined) socket.close(outcome.close.code);
    if (rig.table.ofUser('ann').length > MAX) broken.add('over the limit');
  });
  return { ...rig, clients, broken, chosen };
}

const holds = explorer(action, run, ({ backplane }) => backplane.detach(), policy);

describe('a user whose connections are limited, in any interleaving of tokens, renewals and closes', () => {
  it('never has more connections than the limit, whatever the order', async () => {
    await holds(({ broken }) => expect([...broken]).not.toContain('over the limit'));
  });

  it('renews whoever is in, at the limit too', async () => {
    await holds(({ broken }) => expect([...broken]).not.toContain('a renewal was refused'));
  });

  it('loses connections with 1013 where the newest is refused, and with 4505 where the oldest is closed', async () => {
    await holds(({ clients, chosen }) => {
      const codes = new Set(clients.flatMap(({ socket }) => socket.closes.map(({ code }) => code)));
      codes.delete(1000);
      expect([...codes]).toEqual(codes.size === 0 ? [] : [chosen === 'refuse_newest' ? 1013 : 4505]);
    });
  });
});
