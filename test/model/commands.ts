import * as fc from 'fast-check';
import { EPOCH } from './model-server.js';
import { mustEqual } from './must-equal.js';
import { SLOTS, anyone, clientCommand, command, known, named, stranger } from './stage.js';

const user = fc.constantFrom('ann', 'bob');
const data = fc.oneof(fc.integer(), fc.constantFrom(null, 'text', { nested: [1, { deep: true }] }));
const name = fc.constantFrom('keep-a', 'keep-a', 'keep-b', 'plain-a', 'plain-b', 'house-a', 'private-ann');
const anyName = fc.oneof({ weight: 9, arbitrary: name }, { weight: 1, arbitrary: fc.constant('no name') });
const nothing = fc.constant({});

const connect = command(
  'connect',
  fc.record({ at: fc.nat({ max: SLOTS - 1 }), as: fc.option(user, { nil: undefined, freq: 6 }) }),
  async (stage, real, { at, as }) => {
    const userId = as && named(as, stage);
    stage.server.connect(at, userId);
    await real.connect(at, userId);
  },
  ({ server }, { at }) => !server.clients.has(at),
);

const disconnect = clientCommand(
  'disconnect',
  anyone,
  fc.record({ by: fc.constantFrom('client' as const, 'cut' as const, 'server' as const) }),
  async (stage, real, { at, by }) => {
    stage.server.disconnect(at);
    await real.disconnect(at, by);
  },
);

const authenticate = clientCommand(
  'auth',
  anyone,
  fc.record({ as: fc.option(user, { nil: undefined, freq: 4 }) }),
  async (stage, real, { at, as }) => {
    const userId = as && named(as, stage);
    const outcome = stage.server.authenticate(at, userId);
    mustEqual(await real.authenticate(at, userId === undefined ? 'bad' : `token-${userId}`), outcome);
  },
);

/** `back`: so many events before the channel's top. */
const since = fc.record({ back: fc.nat({ max: 6 }), foreign: fc.boolean() });
const wish = fc.record({ channel: anyName, since: fc.option(since, { nil: undefined }) });

const subscribe = clientCommand(
  'subscribe',
  known,
  fc.record({ wishes: fc.array(wish, { minLength: 1, maxLength: 3 }) }),
  async (stage, real, { at, wishes }) => {
    const requests = wishes.map((each) => {
      const channel = named(each.channel, stage);
      const offset = Math.max(0, stage.server.topOf(channel) - (each.since?.back ?? 0));
      return { channel, since: each.since && { epoch: each.since.foreign ? 'of another time' : EPOCH, offset } };
    });
    const { subscribed, failed, positions } = stage.server.subscribe(at, requests);
    mustEqual(await real.subscribe(at, requests), { subscribed: subscribed.toSorted(), failed, positions });
  },
);

const strangerSubscribes = clientCommand('subscribe as a stranger', stranger, nothing, async (stage, real, { at }) => {
  mustEqual(await real.subscribe(at, [{ channel: named('plain-a', stage) }]), 'AUTHENTICATION_REQUIRED');
});

const unsubscribe = clientCommand(
  'unsubscribe',
  known,
  fc.record({ names: fc.array(anyName, { minLength: 1, maxLength: 2 }) }),
  async (stage, real, { at, names }) => {
    const channels = names.map((each) => named(each, stage));
    const unsubscribed = stage.server.unsubscribe(at, channels);
    mustEqual(await real.unsubscribe(at, channels), unsubscribed);
  },
);

const publish = clientCommand(
  'publish',
  known,
  fc.record({ channel: anyName, payload: data }),
  async (stage, real, { at, channel, payload }) => {
    const whole = named(channel, stage);
    const outcome = stage.server.publish(at, whole, payload);
    mustEqual(await real.publish(at, whole, payload), outcome);
  },
);

const broadcast = command(
  'broadcast',
  fc.record({ channel: name, payload: data }),
  async (stage, real, { channel, payload }) => {
    const whole = named(channel, stage);
    const outcome = stage.server.broadcast(whole, payload);
    mustEqual(await real.broadcast(whole, payload), outcome);
  },
);

const sendToUser = command(
  'sendToUser',
  fc.record({ to: user, payload: data }),
  async (stage, real, { to, payload }) => {
    const userId = named(to, stage);
    const delivered = stage.server.sendToUser(userId, payload);
    mustEqual(await real.sendToUser(userId, payload), delivered);
  },
);

const ask = clientCommand('ask', known, fc.record({ payload: data }), async (_stage, real, { at, payload }) => {
  mustEqual(await real.askClient(at, payload), payload);
});

const request = clientCommand(
  'request',
  anyone,
  fc.record({ method: fc.constantFrom('subscriptions', 'fail', 'unheard-of') }),
  async (stage, real, { at, method }) => {
    const outcome = stage.server.request(at, method);
    mustEqual(await real.request(at, method), outcome);
  },
);

/** How often each is drawn: a run should mostly subscribe and publish. */
const weights = [
  [connect, 6],
  [disconnect, 2],
  [authenticate, 2],
  [subscribe, 9],
  [strangerSubscribes, 1],
  [unsubscribe, 3],
  [publish, 5],
  [broadcast, 7],
  [sendToUser, 1],
  [ask, 1],
  [request, 2],
] as const;

export const commands = weights.flatMap(([arbitrary, weight]) => Array.from({ length: weight }, () => arbitrary));
