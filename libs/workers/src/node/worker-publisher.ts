import { BackplaneUnavailableError, type NewPublication, type Receipt } from '@skreaver/nestjs-ws';
import type { ByteReader } from '../wire/byte-reader.js';
import { writeNewPublication } from '../wire/event-fields.js';
import { readOptional, readPosition } from '../wire/fields.js';
import { ToHub } from '../wire/frame.js';
import type { HubLink } from './hub-link.js';

/** How long a publication with an idempotency key is repeated. */
const RETRY_MS = 3000;

/** Publishes. What this node gets of it comes before the answer. */
export class WorkerPublisher {
  /**
   * @param memory names what the hub remembers: keys that another one has seen say nothing
   * @param deliver hands an event to this node
   */
  constructor(
    private readonly link: HubLink,
    private readonly memory: () => string,
    private readonly deliver: (event: ByteReader) => number,
  ) {}

  async publish(publication: NewPublication): Promise<Receipt> {
    return publication.idempotencyKey === undefined ? this.send(publication) : this.sendUntilKnown(publication);
  }

  private async send(publication: NewPublication): Promise<Receipt> {
    let delivered = 0;
    const failures: unknown[] = [];
    const answer = await this.link.request({
      kind: ToHub.publish,
      effect: 'write',
      write: (out) => writeNewPublication(out, publication),
      event: (event) => {
        try {
          delivered += this.deliver(event);
        } catch (error) {
          failures.push(error);
        }
      },
    });
    if (failures.length > 0) throw failures[0];
    const nodes = answer.u32();
    const isDuplicate = answer.u8() === 1;
    const position = readOptional(answer, () => readPosition(answer));
    return isDuplicate ? { delivered, nodes, position, duplicate: true } : { delivered, nodes, position };
  }

  /** The key makes it safe to send again what may have been published, to the same hub. */
  private async sendUntilKnown(publication: NewPublication): Promise<Receipt> {
    const until = performance.now() + RETRY_MS;
    const memory = this.memory();
    let mayBeDone = false;
    for (;;) {
      try {
        return await this.send(publication);
      } catch (error) {
        if (!(error instanceof BackplaneUnavailableError)) throw error;
        mayBeDone ||= error.outcome === 'unknown';
        const isRefused = error.outcome === 'not_done' && this.link.isLive;
        await this.link.whenLive(until - performance.now());
        const isOther = mayBeDone && memory !== this.memory();
        if (isRefused || isOther || !this.link.isLive || performance.now() >= until) {
          throw new BackplaneUnavailableError(mayBeDone ? 'unknown' : 'not_done', error.message);
        }
      }
    }
  }
}
