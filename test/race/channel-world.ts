import type { ChannelRequest, Position } from '@skreaver/protocol';
import * as fc from 'fast-check';
import { AuthHandler } from '../../src/auth/index.js';
import { type Exclusion, MemoryBackplane } from '../../src/backplane/index.js';
import type { ConnectionPermit } from '../../src/connection/index.js';
import { isExcluded } from '../../src/delivery/event/exclusion.js';
import { ManualTimerWheel } from '../support/manual-timer-wheel.js';
import { type Client, serviceRig } from '../support/service-rig.js';
import {
  type Action,
  type Except,
  HISTORY_SIZE,
  USERS,
  type SubscribeRequest,
  comingAndGoing,
  endings,
  everything,
  mirroring,
} from './channel-actions.js';
import { DeliveryLog, type EventEntry } from './delivery-log.js';
import { explorer, interleave } from './explore.js';
import { ScheduledBackplane } from './scheduled-backplane.js';

const LIMITS = { maxSubscriptionsPerConnection: 2, maxSubscribersPerChannel: 2 };
const HISTORY_MAX_BYTES = 1_048_576;
const OPTIONS = {
  ...LIMITS,
  // So that a recovery takes several portions.
  broadcastBufferSize: 4,
  channels: { 'keep-*': { history: { size: HISTORY_SIZE, ttl: 600_000 } }, 'source-*': { mirror: 'keep-all' } },
};

class ScheduledHandler extends AuthHandler {
  constructor(private readonly scheduler: fc.Scheduler) {
    super();
  }
  override authenticate(token: string): string {
    return token;
  }
  override checkPermission(userId: string, channel: string): Promise<boolean> {
    const isAllowed = !channel.startsWith('private') || channel === `private-${userId}`;
    return this.scheduler.schedule(Promise.resolve(isAllowed), `may ${userId} ${channel}`);
  }
}

interface WorldClient extends Client {
  readonly log: DeliveryLog;
}

/** An invariant that did not hold after some step. */
export type Violation =
  | 'a closed connection holds a reservation'
  | 'too many subscriptions'
  | 'too many subscribers'
  | 'a subscription that is not allowed'
  | 'a subscription that nobody wants'
  | 'the maps differ';

/** Three clients of two users, and publishers, around the real services and a backplane that takes its time. */
class ChannelWorld {
  readonly violations = new Set<Violation>();
  readonly rig: ReturnType<typeof serviceRig>;
  readonly backplane: ScheduledBackplane;
  readonly memory = new MemoryBackplane(HISTORY_MAX_BYTES);
  readonly wheel = new ManualTimerWheel();
  readonly clients: readonly WorldClient[];
  readonly permits: readonly ConnectionPermit[];
  private readonly exclusions = new Map<string, Exclusion>();
  private readonly wanted = new Set<string>();
  private published = 0;

  constructor(
    private readonly scheduler: fc.Scheduler,
    distance: number,
  ) {
    this.backplane = new ScheduledBackplane(this.memory, scheduler, distance, {
      delivering: ({ channel: name, dataJson, except }) => {
        for (const { connection, log } of this.clients) {
          if (isExcluded(except, connection)) continue;
          log.write({ what: 'delivery', channel: name, data: JSON.parse(dataJson) });
        }
      },
      commanding: (command) => {
        if (command.kind === 'revoke') this.revoked(command.userId, command.channel);
      },
    });
    const others = { backplane: this.backplane, wheel: this.wheel };
    this.rig = serviceRig(OPTIONS, new ScheduledHandler(scheduler), others);
    this.permits = USERS.map((_user, at) => this.rig.table.acquire(`192.0.2.${at}`));
    this.clients = USERS.map((user, at) => this.connect(user, at));
  }

  readonly perform = async (step: Action): Promise<void> => {
    if (step.do === 'publish') await this.publish(step.name, step.except);
    else if (step.do === 'revoke') await this.rig.subscriptions.revoke(step.user, step.name);
    else if (this.clients[step.who]?.connection.isClosed === false) await this.act(step, step.who);
    this.look();
  };

  /** Waits until nothing is under way. */
  async settle(): Promise<void> {
    do await this.scheduler.waitIdle();
    while (!this.backplane.isQuiet);
  }

  /** Everybody closes the connection and releases the permit twice. */
  leave(): void {
    for (const at of this.clients.keys()) this.close(at);
  }

  private connect(user: string, at: number): WorldClient {
    const { connection, socket } = this.rig.connect(user, `192.0.2.${at}`);
    const log = new DeliveryLog();
    const push = socket.push.bind(socket);
    socket.push = (frame) => {
      const isTaken = push(frame);
      if (isTaken) log.event(frame, connection);
      return isTaken;
    };
    const end = socket.onEnd;
    socket.onEnd = (code) => {
      this.undo(at, undefined);
      end(code);
    };
    socket.whenDrained = () => this.scheduler.schedule(Promise.resolve(), 'drained');
    return { connection, socket, log };
  }

  private async publish(name: string, kept: Except | null): Promise<void> {
    const except = kept === null ? undefined : this.exclusionOf(kept);
    const { epoch, offset } = await this.rig.subscriptions.broadcast(name, (this.published += 1), { except });
    if (epoch !== undefined && except !== undefined) this.exclusions.set(`${name} ${epoch} ${offset}`, except);
  }

  private exclusionOf(kept: Except): Exclusion {
    return 'user' in kept ? { userId: kept.user } : { connectionId: this.clients[kept.who]?.connection.id };
  }

  /** Tells whether an event with a position was to be kept from whoever got it. */
  wasExcluded({ channel, position, receiver }: EventEntry): boolean {
    return isExcluded(this.exclusions.get(`${channel} ${position?.epoch} ${position?.offset}`), receiver);
  }

  private async act(step: Exclude<Action, { do: 'publish' | 'revoke' }>, at: number): Promise<void> {
    const { connection, log } = this.clients[at] as WorldClient;
    if (step.do === 'subscribe') {
      await this.subscribe(at, step.requests);
    } else if (step.do === 'unsubscribe') {
      for (const name of step.names) this.wanted.delete(`${at} ${name}`);
      for (const name of step.names) log.write({ what: 'end', channel: name });
      void this.rig.subscriptions.unsubscribe(connection.id, step.names);
    } else if (step.do === 'become') {
      if (connection.userId !== step.user) this.undo(at, undefined);
      this.rig.table.identify(connection, { userId: step.user });
    } else {
      this.close(at);
    }
  }

  private async subscribe(at: number, requested: readonly SubscribeRequest[]): Promise<void> {
    const client = this.clients[at] as WorldClient;
    const since = new Map<string, Position>();
    const requests: ChannelRequest[] = [];
    for (const { name, back } of requested) {
      this.wanted.add(`${at} ${name}`);
      const top = this.topOf(name);
      since.delete(name);
      if (back === null || top === undefined) requests.push(name);
      else {
        since.set(name, { epoch: top.epoch, offset: Math.max(0, top.offset - back) });
        requests.push({ channel: name, since: since.get(name) });
      }
    }
    await this.rig.subscribeAs(client, requests, (outcome) => {
      const isGone = (name: string): boolean => {
        const position = since.get(name);
        return position !== undefined && (this.topOf(name)?.offset ?? 0) - position.offset > HISTORY_SIZE;
      };
      client.log.write({ what: 'answer', since, gone: new Set([...since.keys()].filter(isGone)), outcome });
    });
  }

  /** Where a channel really stands; undefined where it keeps no history or was never used. */
  topOf(name: string): Position | undefined {
    const streams = Reflect.get(this.memory, 'streams') as { find(channel: string): { top: Position } | undefined };
    return streams.find(name)?.top;
  }

  private close(at: number): void {
    this.clients[at]?.socket.close(1000);
    this.permits[at]?.release();
    this.permits[at]?.release();
  }

  private revoked(user: string, name: string | undefined): void {
    for (const [at, { connection }] of this.clients.entries()) if (connection.userId === user) this.undo(at, name);
  }

  /** What the client had, or had asked for, is over. */
  private undo(at: number, name: string | undefined): void {
    this.clients[at]?.log.write({ what: 'end', channel: name });
    for (const key of this.wanted) {
      if (key.startsWith(`${at} `) && (name === undefined || key === `${at} ${name}`)) this.wanted.delete(key);
    }
  }

  /** To be called after every step. */
  look(): void {
    const { index } = this.rig;
    for (const [at, { connection }] of this.clients.entries()) {
      const channels = index.channelsOf(connection);
      if (connection.isClosed && index.reservedBy(connection) > 0)
        this.violations.add('a closed connection holds a reservation');
      if (index.reservedBy(connection) > LIMITS.maxSubscriptionsPerConnection)
        this.violations.add('too many subscriptions');
      for (const name of channels) {
        const isOthers = name.startsWith('private') && name !== `private-${connection.userId}`;
        if (isOthers) this.violations.add('a subscription that is not allowed');
        if (!this.wanted.has(`${at} ${name}`)) this.violations.add('a subscription that nobody wants');
        if (index.find(name)?.all().includes(connection) !== true) this.violations.add('the maps differ');
      }
    }
    for (const { channel: name, subscribers } of index.channels()) {
      const reserved = index.find(name)?.reservedCount ?? 0;
      if (reserved > LIMITS.maxSubscribersPerChannel) this.violations.add('too many subscribers');
      if (subscribers > reserved) this.violations.add('the maps differ');
    }
  }
}

const exploring = (actions: fc.Arbitrary<Action>) =>
  explorer(
    actions,
    async (scheduler, steps, { distance, inTurn }) => {
      const world = new ChannelWorld(scheduler, distance);
      const turnOf = (step: Action): unknown => (inTurn && 'who' in step ? step.who : undefined);
      await interleave(scheduler, steps, world.perform, turnOf);
      await world.settle();
      world.look();
      return world;
    },
    ({ backplane }) => backplane.detach(),
    // A client's messages are taken one after the other; what the application does comes at any time.
    fc.record({ distance: fc.constantFrom(0, 1, 5, 10), inTurn: fc.boolean() }),
  );

/** Judge the world once it is quiet; publications arrive at once in it, or take their time. */
export const inEveryInterleaving = exploring(everything);
export const inEveryRecovery = exploring(comingAndGoing);
export const inEveryMirroring = exploring(mirroring);
export const inEveryEnding = exploring(endings);
