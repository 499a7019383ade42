import { setImmediate as nextTurn } from 'node:timers/promises';
import type { EventMessage, Position } from '@skreaver/protocol';
import * as fc from 'fast-check';
import { BackplaneUnavailableError, type UnavailableOutcome } from '../../src/backplane/index.js';
import { NodeId } from '../../src/node/index.js';
import type { PairedBackplane } from '../contract/paired/paired-backplane.js';
import { PairedBackplanes } from '../contract/paired-backplanes.js';
import { messageOf } from '../support/frame-message.js';
import { ManualTimerWheel } from '../support/manual-timer-wheel.js';
import { type Client, serviceRig } from '../support/service-rig.js';
import { SubscriberView } from '../torture/subscriber-view.js';

export const CHANNEL = 'kept';
const OPTIONS = {
  presenceLeaveDelay: 1000,
  channels: { [CHANNEL]: { history: { size: 1000, ttl: 86_400_000 }, presence: true, joinLeave: true } },
};
const NODES = 3;
/** The clients: whose they are, and on which node. */
const CLIENTS = [
  { user: 'ann', node: 0 },
  { user: 'bob', node: 1 },
  { user: 'ann', node: 2 },
  { user: 'bob', node: 2 },
] as const;
/** Longer than a lease, and than the time between two looks at positions. */
const LONG_MS = 31_000;

const who = fc.nat({ max: CLIENTS.length - 1 });
const node = fc.nat({ max: NODES - 1 });
const user = fc.constantFrom('ann', 'bob');
const kind = <K extends string>(what: K): fc.Arbitrary<K> => fc.constant(what);

export const clusterAction = fc.oneof(
  { weight: 8, arbitrary: fc.record({ do: kind('publish'), node }) },
  { weight: 4, arbitrary: fc.record({ do: kind('subscribe'), who, recovers: fc.boolean() }) },
  { weight: 2, arbitrary: fc.record({ do: kind('unsubscribe'), who }) },
  { weight: 2, arbitrary: fc.record({ do: kind('revoke'), node, user }) },
  { weight: 3, arbitrary: fc.record({ do: kind('lose') }) },
  { weight: 4, arbitrary: fc.record({ do: kind('cut'), node }) },
  { weight: 3, arbitrary: fc.record({ do: kind('connect'), node }) },
  { weight: 4, arbitrary: fc.record({ do: kind('time'), ms: fc.constantFrom(1000, 5000, 8000) }) },
);
export type ClusterAction = typeof clusterAction extends fc.Arbitrary<infer A> ? A : never;

/** What became of a publication: the position in the receipt, or the outcome of the error. */
interface Published {
  readonly data: number;
  readonly at: number;
  outcome: Position | UnavailableOutcome | undefined;
}

interface Revoked {
  readonly user: string;
  readonly calledAt: number;
  readonly resolvedAt: number;
}

/** Three nodes of one server, the clients of two users, and a network that is late, loses publications and breaks. */
export class ClusterWorld {
  readonly findings: string[] = [];
  readonly published: Published[] = [];
  readonly revoked: Revoked[] = [];
  readonly cluster: PairedBackplanes;
  readonly links: readonly PairedBackplane[];
  readonly rigs: readonly ReturnType<typeof serviceRig>[];
  readonly clients: readonly (Client & { readonly view: SubscriberView; isSubscribed: boolean })[];
  private readonly wheels: readonly ManualTimerWheel[];
  private readonly askedAt = new Map<number, number>();
  private now = 0;
  private toLose = 0;
  private flows: readonly Promise<void>[] = [];

  constructor(private readonly scheduler: fc.Scheduler) {
    this.cluster = new PairedBackplanes({
      travel: () => scheduler.schedule(Promise.resolve(), 'on the way'),
      loses: () => this.toLose > 0 && this.toLose-- > 0,
    });
    this.links = Array.from({ length: NODES }, () => this.cluster.member());
    this.wheels = this.links.map(() => new ManualTimerWheel());
    this.rigs = this.links.map((backplane, at) =>
      serviceRig(OPTIONS, undefined, {
        backplane,
        wheel: this.wheels[at] as ManualTimerWheel,
        node: new NodeId(`node${at}`),
      }),
    );
    this.clients = CLIENTS.map((_, at) => this.connect(at));
  }

  /** Everybody is subscribed at first, so that what happens matters to somebody. */
  async open(): Promise<void> {
    const subscribed = Promise.all(this.clients.map((_, at) => this.subscribe(at, false)));
    await this.scheduler.waitIdle();
    await subscribed;
  }

  /** Begins every action when the scheduler says so; a revoke ends only when time passes. */
  begin(actions: readonly ClusterAction[]): Promise<void> {
    this.flows = actions.map(async (action) => {
      await this.scheduler.schedule(Promise.resolve(), action.do);
      await this.perform(action);
    });
    return this.scheduler.waitIdle();
  }

  private async perform(step: ClusterAction): Promise<void> {
    this.now += 1;
    if (step.do === 'publish') await this.publish(step.node);
    else if (step.do === 'revoke') await this.revoke(step.node, step.user);
    else if (step.do === 'subscribe') await this.subscribe(step.who, step.recovers);
    else if (step.do === 'unsubscribe') this.unsubscribe(step.who);
    else if (step.do === 'lose') this.toLose += 1;
    else if (step.do === 'cut') this.links[step.node]?.cut();
    else if (step.do === 'connect') this.links[step.node]?.connect();
    else this.passTime(step.ms);
  }

  /** Mends the network, and lets time pass until nothing is under way and everything is found that was missed. */
  async settle(): Promise<void> {
    this.toLose = 0;
    for (const link of this.links) link.connect();
    for (let quiet = 0; quiet < 3;) {
      await this.quieten();
      this.passTime(LONG_MS);
      await this.quieten();
      quiet = this.rigs.every(({ catchUps }) => catchUps.size === 0) ? quiet + 1 : 0;
    }
    await Promise.all(this.flows);
    for (const { view } of this.clients) view.reportMissing();
  }

  async end(): Promise<void> {
    for (const link of this.links) void link.detach();
    await this.quieten();
    await this.cluster.memory.detach();
  }

  private async quieten(): Promise<void> {
    for (let turn = 0; turn < 2; turn += 1) {
      await this.scheduler.waitIdle();
      await nextTurn();
    }
  }

  private passTime(ms: number): void {
    this.cluster.time.advance(ms);
    for (const wheel of this.wheels) wheel.passTime();
  }

  private connect(at: number): ClusterWorld['clients'][number] {
    const { user: name, node: on } = CLIENTS[at] as (typeof CLIENTS)[number];
    const view = new SubscriberView((what, detail) => this.findings.push(`client ${at}: ${what} ${detail}`));
    const client = { ...(this.rigs[on] as ReturnType<typeof serviceRig>).connect(name), view, isSubscribed: false };
    const push = client.socket.push.bind(client.socket);
    client.socket.push = (frame) => {
      const isTaken = push(frame);
      if (isTaken) this.received(at, messageOf(frame) as EventMessage);
      return isTaken;
    };
    client.socket.onSent = (message) => {
      const position = message.type === 'subscribe_response' && message.data.positions?.[CHANNEL];
      if (position !== false && position !== undefined && message.type === 'subscribe_response') {
        // What was not asked for tells that the position was lost.
        if (message.correlation_id === undefined) view.begin(undefined, position);
      } else if (message.type === 'unsubscribe_response' && message.data.unsubscribed.includes(CHANNEL)) {
        client.isSubscribed = false;
        view.end();
      }
    };
    return client;
  }

  private received(at: number, { data, metadata }: EventMessage): void {
    const { epoch, offset, gap } = metadata;
    if (epoch === undefined || offset === undefined) return;
    this.clients[at]?.view.take({ epoch, offset }, gap);
    const { at: publishedAt } = this.published[data as number] as Published;
    const askedAt = this.askedAt.get(at) ?? -1;
    for (const { user: name, calledAt, resolvedAt } of this.revoked) {
      const isBroken = name === CLIENTS[at]?.user && publishedAt >= resolvedAt && askedAt < calledAt;
      if (isBroken) this.findings.push(`client ${at}: an event passed the barrier of a revoke`);
    }
  }

  private async publish(on: number): Promise<void> {
    const entry: Published = { data: this.published.length, at: this.now, outcome: undefined };
    this.published.push(entry);
    try {
      const { epoch, offset } = (await this.rigs[on]?.subscriptions.broadcast(CHANNEL, entry.data)) ?? {};
      entry.outcome = epoch === undefined || offset === undefined ? undefined : { epoch, offset };
    } catch (error) {
      if (!(error instanceof BackplaneUnavailableError)) throw error;
      entry.outcome = error.outcome;
    }
  }

  private async revoke(on: number, name: string): Promise<void> {
    const calledAt = this.now;
    try {
      await this.rigs[on]?.subscriptions.revoke(name, CHANNEL);
    } catch (error) {
      if ((error as { code?: string }).code !== 'UNAVAILABLE') throw error;
      return;
    }
    this.now += 1;
    this.revoked.push({ user: name, calledAt, resolvedAt: this.now });
  }

  private async subscribe(at: number, recovers: boolean): Promise<void> {
    const client = this.clients[at] as (typeof this.clients)[number];
    const since = recovers ? client.view.position : undefined;
    this.askedAt.set(at, this.now);
    const request = since === undefined ? CHANNEL : { channel: CHANNEL, since };
    const rig = this.rigs[(CLIENTS[at] as (typeof CLIENTS)[number]).node];
    await rig?.subscribeAs(client, [request], ({ positions }) => {
      const answer = positions?.[CHANNEL];
      // A subscription that stands already goes on.
      if (answer === undefined || client.isSubscribed) return;
      client.isSubscribed = true;
      client.view.begin(since, answer);
    });
  }

  private unsubscribe(at: number): void {
    const client = this.clients[at] as (typeof this.clients)[number];
    const rig = this.rigs[(CLIENTS[at] as (typeof CLIENTS)[number]).node];
    rig?.subscribing.unsubscribe(client.connection, [CHANNEL]);
    client.isSubscribed = false;
    client.view.end();
  }
}

export async function runCluster(scheduler: fc.Scheduler, actions: readonly ClusterAction[]): Promise<ClusterWorld> {
  const world = new ClusterWorld(scheduler);
  await world.open();
  await world.begin(actions);
  return world;
}
