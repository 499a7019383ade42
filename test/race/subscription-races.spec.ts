import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AuthHandler } from '../../src/auth/index.js';
import { serviceRig } from '../support/service-rig.js';

const LIMITS = { maxSubscriptionsPerConnection: 2, maxSubscribersPerChannel: 2 };
const SCHEDULES = 500;

class ScheduledHandler extends AuthHandler {
  constructor(private readonly scheduler: fc.Scheduler) {
    super();
  }
  override authenticate(token: string): Promise<string> {
    return this.scheduler.schedule(Promise.resolve(token), `token ${token}`);
  }
  override checkPermission(userId: string, channel: string): Promise<boolean> {
    const allowed = !channel.startsWith('private') || channel === `private-${userId}`;
    return this.scheduler.schedule(Promise.resolve(allowed), `may ${userId} ${channel}`);
  }
}

const channel = fc.constantFrom('a', 'b', 'c', 'private-ann', 'private-bob');
const who = fc.nat({ max: 2 });
const action = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('subscribe' as const),
      who,
      channels: fc.array(channel, { minLength: 1, maxLength: 3 }),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('unsubscribe' as const),
      who,
      channels: fc.array(channel, { minLength: 1, maxLength: 2 }),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('become' as const), who, user: fc.constantFrom('ann', 'bob') }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('close' as const), who }) },
);
type Action = typeof action extends fc.Arbitrary<infer A> ? A : never;

/** Per connection and channel: the turn of the last wish to be subscribed, and of what undid it. */
interface Wish {
  subscribed: boolean;
}

/** Runs the actions, each as its own flow, in the interleaving that the scheduler picks; `look` after every step. */
async function run(scheduler: fc.Scheduler, actions: readonly Action[]) {
  const rig = serviceRig(LIMITS, new ScheduledHandler(scheduler));
  const places = ['ann', 'bob', 'ann'].map((_user, at) => rig.registry.reserve(`192.0.2.${at}`));
  const clients = ['ann', 'bob', 'ann'].map((user, at) => ({ ...rig.connect(user, `192.0.2.${at}`) }));
  const wishes = new Map<string, Wish>();
  const wish = (at: number, name: string): Wish => {
    const key = `${at} ${name}`;
    const known = wishes.get(key) ?? { subscribed: false };
    wishes.set(key, known);
    return known;
  };
  const undoAll = (at: number): void => {
    for (const [key, value] of wishes) if (key.startsWith(`${at} `)) value.subscribed = false;
  };
  const broken: string[] = [];

  const look = (): void => {
    for (const [at, { connection }] of clients.entries()) {
      const channels = [...rig.index.channelsOf(connection)];
      if (connection.isClosed && channels.length > 0) broken.push('a closed connection is subscribed');
      if (channels.length > LIMITS.maxSubscriptionsPerConnection) broken.push('too many subscriptions');
      for (const each of channels) {
        if (each.startsWith('private') && each !== `private-${connection.userId}`) broken.push('another user inherits');
        if (!wish(at, each).subscribed) broken.push('a ghost subscription');
        if (!rig.index.subscribersOf(each).has(connection)) broken.push('the maps differ');
      }
    }
    for (const { subscribers } of rig.index.channels()) {
      if (subscribers > LIMITS.maxSubscribersPerChannel) broken.push('too many subscribers');
    }
  };

  const perform = async (step: Action): Promise<void> => {
    await scheduler.schedule(Promise.resolve(), `${step.do} ${step.who}`);
    const client = clients[step.who];
    if (client === undefined || client.connection.isClosed) return;
    const { connection, socket } = client;
    if (step.do === 'subscribe') {
      for (const name of step.channels) wish(step.who, name).subscribed = true;
      await rig.subscriptions.subscribe(connection.id, step.channels);
    } else if (step.do === 'unsubscribe') {
      for (const name of step.channels) wish(step.who, name).subscribed = false;
      rig.subscriptions.unsubscribe(connection.id, step.channels);
    } else if (step.do === 'become') {
      if (connection.userId !== step.user) undoAll(step.who);
      rig.registry.identify(connection, { userId: step.user });
    } else {
      undoAll(step.who);
      socket.close(1000);
      places[step.who]?.release();
    }
    look();
  };

  const flows = actions.map((each) => perform(each).then(look));
  await scheduler.waitIdle();
  await Promise.all(flows);
  look();
  return { ...rig, broken, clients, places };
}

const actions = fc.array(action, { minLength: 2, maxLength: 10 });
const holds = (property: (result: Awaited<ReturnType<typeof run>>) => void | Promise<void>) =>
  fc.assert(
    fc.asyncProperty(fc.scheduler(), actions, async (scheduler, steps) => {
      await property(await run(scheduler, steps));
    }),
    { numRuns: SCHEDULES },
  );

describe('subscriptions in any interleaving with permissions, unsubscribes, new users and closes', () => {
  it('have no ghost, pass no limit and are inherited by no other user, at any step', async () => {
    await holds(({ broken }) => expect(broken).toEqual([]));
  });

  it('leave gauges that equal what is in the index', async () => {
    await holds(async ({ index, clients, readMeters, registry }) => {
      const channels = index.channels();
      const open = clients.filter(({ connection }) => !connection.isClosed);
      expect(await readMeters()).toMatchObject({
        connections: open.length,
        subscriptions: channels.reduce((sum, { subscribers }) => sum + subscribers, 0),
        channels: channels.length,
      });
      expect(registry.getStats()).toMatchObject({
        activeConnections: open.length,
        authenticatedConnections: open.length,
      });
    });
  });

  it('leave nothing behind once everybody has gone, with every slot freed once', async () => {
    await holds(async ({ clients, places, index, readMeters, wheel, registry, subscribing, openChannels, locks }) => {
      for (const [at, { socket }] of clients.entries()) {
        socket.close(1000);
        places[at]?.release();
        places[at]?.release();
      }
      expect(index.channels()).toEqual([]);
      expect(await readMeters()).toMatchObject({ connections: 0, subscriptions: 0, channels: 0 });
      expect(wheel.size).toBe(0);
      expect(Reflect.get(Reflect.get(registry, 'places') as object, 'size')).toBe(0);
      expect(subscribing.size).toBe(0);
      // The last one to leave a channel closes it, which takes a turn.
      await new Promise(setImmediate);
      expect(Reflect.get(openChannels, 'channels')).toEqual(new Map());
      expect(Reflect.get(Reflect.get(locks, 'locks') as object, 'size')).toBe(0);
    });
  });
});
