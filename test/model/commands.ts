import * as fc from 'fast-check';
import type { Position } from '@skreaver/protocol';
import { countUpTo } from '../support/event-values.js';
import { EPOCH } from './history-channel.js';
import { keepsHistory } from './model-server.js';
import { mustEqual } from './must-equal.js';
import { SLOTS, type Stage, anyone, clientCommand, command, authenticated, named, unauthenticated } from './stage.js';

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

/** `back`: so many events before the channel's top, or beyond it. */
const since = fc.record({ back: fc.integer({ min: -2, max: 6 }), foreign: fc.boolean() });
type Since = typeof since extends fc.Arbitrary<infer S> ? S : never;
const positionOf = ({ back, foreign }: Since, channel: string, { server }: Stage): Position => ({
  epoch: foreign ? 'of another time' : EPOCH,
  offset: Math.max(0, server.topOf(channel) - back),
});
const drawnRequest = fc.record({
  channel: anyName,
  since: fc.option(fc.oneof(since, since, fc.constant('acked' as const))),
});

const subscribe = clientCommand(
  'subscribe',
  authenticated,
  fc.record({ drawn: fc.array(drawnRequest, { minLength: 1, maxLength: 3 }) }),
  async (stage, real, { at, drawn }) => {
    const requests = drawn.map((each) => {
      const channel = named(each.channel, stage);
      if (each.since === null) return { channel };
      return { channel, since: each.since === 'acked' ? each.since : positionOf(each.since, channel, stage) };
    });
    const { subscribed, failed, positions } = stage.server.subscribe(at, requests);
    mustEqual(await real.subscribe(at, requests), { subscribed: subscribed.toSorted(), failed, positions });
  },
);

const unauthenticatedSubscribe = clientCommand(
  'subscribe unauthenticated',
  unauthenticated,
  nothing,
  async (stage, real, { at }) => {
    mustEqual(await real.subscribe(at, [{ channel: named('plain-a', stage) }]), 'AUTHENTICATION_REQUIRED');
  },
);

const unsubscribe = clientCommand(
  'unsubscribe',
  authenticated,
  fc.record({ names: fc.array(anyName, { minLength: 1, maxLength: 2 }) }),
  async (stage, real, { at, names }) => {
    const channels = names.map((each) => named(each, stage));
    const unsubscribed = stage.server.unsubscribe(at, channels);
    mustEqual(await real.unsubscribe(at, channels), unsubscribed);
  },
);

const key = fc.option(fc.constantFrom('k1', 'k2'), { nil: undefined, freq: 3 });

const publish = clientCommand(
  'publish',
  authenticated,
  fc.record({ channel: anyName, payload: data, idempotencyKey: key }),
  async (stage, real, { at, channel, payload, idempotencyKey }) => {
    const whole = named(channel, stage);
    const outcome = stage.server.publish(at, whole, payload, idempotencyKey);
    mustEqual(await real.publish(at, whole, payload, idempotencyKey), outcome);
  },
);

const broadcast = command(
  'broadcast',
  fc.record({ channel: name, payload: data, idempotencyKey: key }),
  async (stage, real, { channel, payload, idempotencyKey }) => {
    const whole = named(channel, stage);
    const outcome = stage.server.broadcast(whole, payload, idempotencyKey);
    mustEqual(await real.broadcast(whole, payload, idempotencyKey), outcome);
  },
);

const history = clientCommand(
  'history',
  authenticated,
  fc.record({
    channel: anyName,
    from: fc.option(since, { nil: undefined }),
    limit: fc.constantFrom(undefined, 1, 3),
    reverse: fc.constantFrom(undefined, true, false),
  }),
  async (stage, real, { at, channel, from, limit, reverse }) => {
    const whole = named(channel, stage);
    const range = { since: from && positionOf(from, whole, stage), limit, reverse };
    mustEqual(await real.history(at, whole, range), stage.server.history(at, whole, range));
  },
);

/** Mostly in a channel that it is subscribed to, and of an offset that there was. */
const acknowledge = clientCommand(
  'ack',
  authenticated,
  fc.record({ any: name, own: fc.boolean(), offset: fc.nat({ max: 5 }) }),
  async (stage, real, { at, any, own, offset }) => {
    const kept = [...stage.server.client(at).channels].find(keepsHistory);
    const channel = own && kept !== undefined ? kept : named(any, stage);
    stage.server.acknowledge(at, channel, offset);
    mustEqual(await real.acknowledge(at, channel, offset), stage.server.acknowledged(at, channel));
  },
);

const revoke = command(
  'revoke',
  fc.record({ from: user, channel: fc.option(name, { nil: undefined }) }),
  async (stage, real, { from, channel }) => {
    const userId = named(from, stage);
    const whole = channel && named(channel, stage);
    const connections = stage.server.revoke(userId, whole);
    mustEqual(await real.revoke(userId, whole), connections);
  },
);

/** From the next time that it is asked on. */
const forbid = command(
  'forbid or allow',
  fc.record({ whom: user, channel: name }),
  async (stage, _real, parameters) => {
    const { forbidden } = stage.server;
    const rule = `${named(parameters.whom, stage)} ${named(parameters.channel, stage)}`;
    if (!forbidden.delete(rule)) forbidden.add(rule);
  },
);

const presence = command(
  'presence',
  fc.record({ channel: fc.constantFrom('plain-a', 'plain-b') }),
  async (stage, real, { channel }) => {
    mustEqual(await real.presence(named(channel, stage)), stage.server.presence(named(channel, stage)));
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

const ask = clientCommand('ask', authenticated, fc.record({ payload: data }), async (_stage, real, { at, payload }) => {
  mustEqual(await real.askClient(at, payload), payload);
});

const request = clientCommand(
  'request',
  anyone,
  fc.record({ method: fc.constantFrom('fail', 'unheard-of') }),
  async (stage, real, { at, method }) => {
    mustEqual(await real.request(at, method), stage.server.request(at, method));
  },
);

const stream = clientCommand(
  'stream',
  authenticated,
  fc.record({ chunks: fc.nat({ max: 5 }) }),
  async (_stage, real, { at, chunks }) => {
    mustEqual(await real.stream(at, chunks), { end: 'success', sequence: countUpTo(chunks) });
  },
);

const ENDLESS = 1_000_000;

/** More chunks may be under way when it is cancelled. */
const cancel = clientCommand(
  'cancel',
  authenticated,
  fc.record({ after: fc.integer({ min: 1, max: 3 }) }),
  async (_stage, real, { at, after }) => {
    const { end, sequence } = await real.stream(at, ENDLESS, after);
    mustEqual({ end, sequence }, { end: 'cancelled', sequence: countUpTo(Math.max(sequence.length, after)) });
  },
);

/** How often each is drawn: a run should mostly subscribe and publish. */
const weights = [
  [connect, 6],
  [disconnect, 2],
  [authenticate, 2],
  [subscribe, 9],
  [unauthenticatedSubscribe, 1],
  [unsubscribe, 3],
  [publish, 5],
  [broadcast, 7],
  [sendToUser, 1],
  [ask, 1],
  [request, 1],
  [history, 3],
  [acknowledge, 4],
  [revoke, 1],
  [forbid, 1],
  [presence, 1],
  [stream, 1],
  [cancel, 1],
] as const;

export const commands = weights.flatMap(([arbitrary, weight]) => Array.from({ length: weight }, () => arbitrary));
