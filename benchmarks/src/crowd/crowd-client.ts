import { setTimeout as sleep } from 'node:timers/promises';
import { skreaverDialect } from '../dialects/skreaver-dialect.js';
import { LoadConnection } from '../load/load-connection.js';
import { answerOrders } from '../suite/answer-orders.js';
import { CHANNEL, type CrowdArgument, type CrowdOrder, type CrowdReply, sharedClock, USER } from './crowd-messages.js';

const AT_ONCE = 20;
const FULL = 'HTTP/1.1 503';
const ATTEMPTS = 50;
const RETRY_MS = 20;

/** A part of the crowd: holds its connections, and counts the events that they get. */
class CrowdPart {
  private readonly connections: LoadConnection[] = [];
  private readonly closures: string[] = [];
  private events = 0;
  private lastAt = 0;
  private refused = 0;
  private wanted = { events: Infinity, reached: (): void => {} };

  constructor(private readonly argument: CrowdArgument) {}

  get state() {
    const open = this.connections.length - this.closures.length;
    return { open, closed: this.closures, refused: this.refused };
  }

  async connect(connections: number): Promise<void> {
    let left = connections;
    const openInTurn = async (): Promise<void> => {
      while (left-- > 0) await this.open();
    };
    await Promise.all(Array.from({ length: AT_ONCE }, openInTurn));
  }

  async awaitEvents(events: number, timeoutMs: number): Promise<{ events: number; lastAt: number }> {
    if (this.events < events) {
      await new Promise<void>((reached) => {
        setTimeout(reached, timeoutMs).unref();
        this.wanted = { events, reached };
      });
    }
    return { events: this.events, lastAt: this.lastAt };
  }

  delivered(): void {
    this.events += 1;
    this.lastAt = sharedClock();
    if (this.events >= this.wanted.events) this.wanted.reached();
  }

  read(): void {}

  closed(reason: string): void {
    this.closures.push(reason);
  }

  /** A worker that is full refuses: the next attempt comes to another, as that of any client does. */
  private async open(): Promise<void> {
    for (let attempt = 1; ; attempt += 1) {
      const connection = this.begin();
      try {
        await connection.opened;
        this.connections.push(connection);
        return;
      } catch (error) {
        if (attempt === ATTEMPTS || !String(error).includes(FULL)) throw error;
        this.refused += 1;
        await sleep(RETRY_MS);
      }
    }
  }

  private begin(): LoadConnection {
    const { port, addresses } = this.argument;
    const localAddress = addresses[this.connections.length % addresses.length] as string;
    const target = { port, localAddress, dialect: skreaverDialect, compression: false, tls: false };
    return new LoadConnection(target, USER, [CHANNEL], this);
  }
}

const part = new CrowdPart(JSON.parse(process.argv[2] ?? '') as CrowdArgument);

answerOrders<CrowdOrder, CrowdReply>({
  connect: async ({ connections }) => {
    await part.connect(connections);
    return { kind: 'connect' };
  },
  await: async ({ events, timeoutMs }) => ({ kind: 'await', ...(await part.awaitEvents(events, timeoutMs)) }),
  state: () => ({ kind: 'state', ...part.state }),
});
