import type { TestTime } from '../test-time.js';
import { BackplaneUnavailableError, type NewPublication, type Receipt } from '@skreaver/nestjs-ws';
import type { PendingDeliveries } from '../cluster/pending-deliveries.js';
import type { Keys } from '../keys/keys.js';
import { SlotMovedError } from '../link/link-errors.js';
import type { RedisLink } from '../link/redis-link.js';
import type { OpenChannels } from '../open-channels.js';
import { PUBLISH } from '../scripts/publish.js';
import { encodeContent, plainHeader, presenceHeader } from './event-text.js';
import { POSITION_TTL_MS } from './redis-history.js';

const KEY_WINDOW_MS = 5 * 60_000;
/** How long a publication with an idempotency key is repeated. */
const RETRY_MS = 3000;

type Published = Pick<Receipt, 'nodes' | 'position' | 'duplicate'>;

/** Publishes, and waits until what was published has come back. */
export class RedisPublisher {
  constructor(
    private readonly link: RedisLink,
    private readonly keys: Keys,
    private readonly node: string,
    private readonly deliveries: PendingDeliveries,
    private readonly channels: OpenChannels,
    private readonly time: TestTime,
    private readonly generation: () => string,
    /** The next number of a publication of this node. */
    private readonly next: () => number,
  ) {}

  async publish(publication: NewPublication): Promise<Receipt> {
    const origin = `${this.node}.${this.next().toString(36)}`;
    const arriving = channelsOf(publication).filter((channel) => this.channels.arrives(channel));
    const pending = this.deliveries.expect(origin);
    try {
      const published = await this.send(publication, origin);
      if (published.duplicate === true) return { delivered: 0, ...published };
      await pending.all(arriving.filter((channel) => this.channels.arrives(channel)));
      if (pending.error !== undefined) throw pending.error;
      return { delivered: pending.delivered, ...published };
    } finally {
      this.deliveries.forget(origin);
    }
  }

  private send(publication: NewPublication, origin: string): Promise<Published> {
    const { history, idempotencyKey, mirror, kind } = publication;
    const isPlain = history === undefined && idempotencyKey === undefined && mirror === undefined;
    if (isPlain || kind !== undefined) return this.sendPlain(publication, origin);
    return idempotencyKey === undefined ? this.run(publication, origin) : this.runUntilKnown(publication, origin);
  }

  /** Nothing is kept of it, so no script has to see it. */
  private async sendPlain(publication: NewPublication, origin: string): Promise<Published> {
    const { channel, kind } = publication;
    const time = this.time() || Date.now();
    const header = kind === undefined ? plainHeader(time, origin) : presenceHeader(kind, time, origin);
    const content = encodeContent(publication);
    const message = typeof content === 'string' ? header + content : Buffer.concat([Buffer.from(header), content]);
    const nodes = await this.link.publish(this.keys.events(channel), message);
    return { nodes: Number(nodes), position: undefined };
  }

  private async run(publication: NewPublication, origin: string): Promise<Published> {
    const { channel, history, userId, idempotencyKey, mirror } = publication;
    const keys: string[] = [];
    const args = [this.time(), origin, encodeContent(publication), KEY_WINDOW_MS, POSITION_TTL_MS, this.generation()];
    const place = (to: string, limits: NewPublication['history'], rest: string): void => {
      keys.push(this.keys.position(to), this.keys.history(to));
      args.push(this.keys.events(to), limits?.size ?? '', limits?.ttl ?? '', rest);
    };
    place(channel, history, '');
    if (mirror !== undefined) place(mirror.channel, mirror.history, ` ${channel}`);
    if (idempotencyKey !== undefined) keys.push(this.keys.idempotency(channel, userId, idempotencyKey));
    const [epoch, offset, isDuplicate, nodes] = (await this.link.run(PUBLISH, keys, args)) as [
      string,
      number,
      number,
      number,
    ];
    const position = epoch === '' ? undefined : { epoch, offset };
    return isDuplicate === 1 ? { nodes: 0, position, duplicate: true } : { nodes, position };
  }

  /** The key makes it safe to send again what may have been published. */
  private async runUntilKnown(publication: NewPublication, origin: string): Promise<Published> {
    const until = performance.now() + RETRY_MS;
    let mayBeDone = false;
    for (;;) {
      try {
        return await this.run(publication, origin);
      } catch (error) {
        if (!(error instanceof BackplaneUnavailableError)) throw error;
        mayBeDone ||= error.outcome === 'unknown';
        if (error instanceof SlotMovedError) throw mayBeDone ? new SlotMovedError('unknown') : error;
        const isRefused = error.outcome === 'not_done' && this.link.isLive;
        await this.link.whenLive(until - performance.now());
        if (isRefused || !this.link.isLive || performance.now() >= until) {
          throw new BackplaneUnavailableError(mayBeDone ? 'unknown' : 'not_done', error.message);
        }
      }
    }
  }
}

const channelsOf = ({ channel, mirror, kind }: NewPublication): string[] =>
  mirror === undefined || kind !== undefined ? [channel] : [channel, mirror.channel];
