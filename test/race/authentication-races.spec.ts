import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AuthHandler } from '../../src/auth/index.js';
import { ManualTimerWheel } from '../support/manual-timer-wheel.js';
import { serviceRig } from '../support/service-rig.js';
import { explorer, interleave } from './explore.js';

/** A token is the user's name; `bad` is refused. Answered when the scheduler says so. */
class ScheduledHandler extends AuthHandler {
  constructor(private readonly scheduler: fc.Scheduler) {
    super();
  }
  override authenticate(token: string): Promise<string> {
    const answer = token === 'bad' ? Promise.reject(new Error('bad')) : Promise.resolve(token);
    return this.scheduler.schedule(answer, `token ${token}`);
  }
  override checkPermission(): Promise<boolean> {
    return this.scheduler.schedule(Promise.resolve(true), 'permission');
  }
}

const ROOMY = { authFailuresPerIp: 1000, maxPendingAuthentications: 1000 };

const who = fc.nat({ max: 1 });
const action = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({ do: fc.constant('auth' as const), who, token: fc.constantFrom('ann', 'bob', 'bad') }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('subscribe' as const), who, token: fc.constant('') }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('close' as const), who, token: fc.constant('') }) },
);
type Action = typeof action extends fc.Arbitrary<infer A> ? A : never;

async function run(scheduler: fc.Scheduler, actions: readonly Action[]) {
  const rig = serviceRig(ROOMY, new ScheduledHandler(scheduler), { wheel: new ManualTimerWheel() });
  const clients = [rig.connect(), rig.connect()];
  const users = clients.map(() => new Set<string>());
  const promised = clients.map(() => new Set<string>());
  const broken: string[] = [];

  const look = (): void => {
    for (const [at, { connection }] of clients.entries()) {
      if (connection.userId !== undefined) users[at]?.add(connection.userId);
      const listed = ['ann', 'bob'].filter((user) => rig.table.ofUser(user).includes(connection));
      if (listed.join() !== (connection.userId ?? '')) broken.push('the index of users differs');
      if (connection.userId === undefined && rig.index.channelsOf(connection).length > 0)
        broken.push('a subscription without a user');
    }
    const known = clients.filter(({ connection }) => connection.userId !== undefined).length;
    if (rig.registry.getStats().authenticatedConnections !== known) broken.push('the figure of known users is wrong');
  };

  await interleave(scheduler, actions, async ({ do: what, who: at, token }) => {
    const client = clients[at];
    if (client === undefined || client.connection.isClosed) return;
    if (what === 'close') client.socket.close(1000);
    if (what === 'subscribe') await rig.subscriptions.subscribe(client.connection.id, ['a']);
    if (what === 'auth') {
      const outcome = await rig.authMessages.authenticate(client.connection, { type: 'auth', data: { token } });
      const answer = outcome?.answer;
      if (answer?.data.success === true) promised[at]?.add(answer.data.user_id);
      if (answer?.data.success === true && answer.data.user_id !== token) broken.push('the answer names another user');
    }
    look();
  });
  look();
  return { ...rig, clients, users, promised, broken };
}

const holds = explorer(action, run, ({ backplane }) => backplane.detach());

describe('authentication in any interleaving with other tokens, subscribes and closes', { timeout: 120_000 }, () => {
  it('gives a connection at most one user, ever, and tells the client no other', async () => {
    await holds(({ users, promised }) => {
      for (const [at, ofClient] of users.entries()) {
        expect(ofClient.size).toBeLessThanOrEqual(1);
        expect([...(promised[at] ?? [])].every((user) => ofClient.has(user))).toBe(true);
      }
    });
  });

  it('keeps the index of users, the statistics and the subscriptions consistent after each step', async () => {
    await holds(({ broken }) => expect(broken).toEqual([]));
  });

  it('leaves no deadline and no identity behind once all connections are closed', async () => {
    await holds(({ clients, registry, wheel, table }) => {
      for (const { socket } of clients) socket.close(1000);
      expect(wheel.size).toBe(0);
      expect(table.ofUser('ann')).toEqual([]);
      expect(table.ofUser('bob')).toEqual([]);
      expect(registry.getStats()).toMatchObject({ activeConnections: 0, authenticatedConnections: 0 });
    });
  });
});
