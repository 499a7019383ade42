import { jwtOf } from '../../e2e/credentials.js';
import type { CuttingProxy } from '../cutting-proxy.js';
import type { Random } from '../random.js';
import { Subscriber } from '../subscriber.js';
import type { ClusterLedger } from './cluster-ledger.js';
import type { TorturedServer } from './tortured-server.js';
import { Publisher } from './publisher.js';
import { HttpWire, SocketWire } from './wires.js';

const SUBSCRIBERS_OF_NODE = 12;
const PUBLISH_EVERY_MS = 60;
const PAUSE_MS = 100;
/** Bytes after which the connection of a client is cut, at most. */
const SUBSCRIBER_BYTES = 120_000;
const PUBLISHER_BYTES = 30_000;
/** Bytes in which the handshake and the first answers lie. */
const BEGINNING = 3000;

const numbered = (kind: string, count: number): string[] => Array.from({ length: count }, (_, at) => `${kind}-${at}`);

/** Everyone is in it, all the time. */
export const PROBE = 'probe';
/** Subscribers come and go. */
export const ROOMS = numbered('room', 3);
/** Subscriptions are revoked. */
const GUARDED = numbered('guarded', 3);
const DEEP = numbered('deep', 5);
export const CHANNELS = [PROBE, ...ROOMS, ...GUARDED, ...DEEP];

const history = { size: 5000, ttl: 600_000 };
const tokenOf = (user: string): string => jwtOf({ sub: user, exp: Math.floor(Date.now() / 1000) + 86_400 });

/** Limits of a server whose clients all come from one address, and come back again and again. */
export const SETTINGS: Readonly<Record<string, string>> = {
  SKREAVER_WS_CHANNELS: JSON.stringify({
    [PROBE]: { history },
    'room-*': { history, presence: true, clientPublish: true },
    'guarded-*': { history, clientPublish: true },
    'deep-*': { history, clientPublish: true },
  }),
  SKREAVER_WS_PRESENCE_LEAVE_DELAY: '500ms',
  SKREAVER_WS_MAX_CONNECTIONS_PER_IP: '10000',
  SKREAVER_WS_CONNECT_RATE_PER_IP: '10000',
  SKREAVER_WS_CONNECT_BURST_PER_IP: '10000',
  SKREAVER_WS_MAX_PENDING_AUTHENTICATIONS: '10000',
  SKREAVER_WS_AUTH_FAILURES_PER_IP: '10000',
  SKREAVER_WS_MESSAGE_RATE: '10000',
  SKREAVER_WS_MESSAGE_BURST: '10000',
  SKREAVER_WS_LOG_LEVEL: 'error',
};

/** One client's way to its node, which is cut now and then. */
export class CutLine {
  private isCalm = true;

  constructor(
    private readonly proxy: CuttingProxy,
    private readonly bytes: number,
    private readonly random: Random,
  ) {}

  plan(): void {
    this.isCalm = false;
    const bytes = 1 + this.random.below(this.random.chance(0.1) ? BEGINNING : this.bytes);
    this.proxy.cutAfter(bytes, this.random.pick(['reset', 'finish']), () => {
      if (!this.isCalm) this.plan();
    });
  }

  spare(): void {
    this.isCalm = true;
    this.proxy.spare();
  }
}

/** Who takes part in a run. */
export class Cast {
  readonly subscribers: Subscriber[] = [];
  readonly publishers: Publisher[] = [];
  readonly lines: CutLine[] = [];
  private groups = 0;
  private readonly rooms = new Map<Subscriber, string>();
  private readonly guarded = new Map<Subscriber, string>();

  constructor(
    private readonly ledger: ClusterLedger,
    private readonly random: Random,
  ) {}

  /** A group of clients of a server. */
  async join(node: TorturedServer): Promise<void> {
    const group = `${node.name}${(this.groups += 1)}`;
    for (let at = 0; at < SUBSCRIBERS_OF_NODE; at += 1) await this.subscribe(node, `${group}.subscriber${at}`);
    const { proxy, url } = await this.wayTo(node, `${group}.client`, PUBLISHER_BYTES);
    for (const [name, wire, channels] of [
      [`${group}.http`, new HttpWire(node), CHANNELS],
      [`${group}.client`, new SocketWire(() => url(proxy)), CHANNELS.filter((channel) => channel !== PROBE)],
    ] as const) {
      this.publishers.push(new Publisher(name, wire, this.ledger, this.random, channels, PUBLISH_EVERY_MS));
    }
  }

  guardedOf(subscriber: Subscriber): string {
    return this.guarded.get(subscriber) ?? '';
  }

  /** One of the subscribers leaves its room, or all that have left something come back. */
  stir(): void {
    const subscriber = this.random.pick(this.subscribers);
    if (this.random.chance(0.3)) subscriber.leave(this.rooms.get(subscriber) ?? '');
    else for (const each of this.subscribers) each.comeBack();
  }

  /** Who is in a room. */
  membersOf(room: string): string[] {
    return this.subscribers.filter((subscriber) => subscriber.isIn(room)).map(({ user }) => user);
  }

  private async subscribe(node: TorturedServer, user: string): Promise<void> {
    const { proxy, url } = await this.wayTo(node, user, SUBSCRIBER_BYTES);
    const [room, guarded] = [this.random.pick(ROOMS), this.random.pick(GUARDED)];
    const channels = [PROBE, room, guarded, ...DEEP.filter(() => this.random.chance(0.5))];
    const options = { token: tokenOf(user), pause: () => 20 + Math.random() * PAUSE_MS };
    const subscriber = new Subscriber(user, url(proxy).replace(/\?.*/, ''), this.ledger, channels, options);
    this.rooms.set(subscriber, room);
    this.guarded.set(subscriber, guarded);
    this.subscribers.push(subscriber);
  }

  private async wayTo(node: TorturedServer, user: string, bytes: number) {
    const proxy = await node.wayIn();
    this.lines.push(new CutLine(proxy, bytes, this.random));
    return { proxy, url: ({ port }: CuttingProxy) => `ws://127.0.0.1:${port}/ws?token=${tokenOf(user)}` };
  }
}
