import { type Position, parseCloseReason } from '@skreaver/protocol';
import { subscribe } from '../../support/recover.js';
import { TestClient } from '../../support/test-client.js';

const REFUSED_MS = 100;

/** A client as the guide has them: comes back after a close when it is told to, and asks for what it has missed. */
export class Follower {
  readonly events: unknown[] = [];
  readonly closeCodes: number[] = [];
  /** The times in ms for which it was away. */
  readonly away: number[] = [];
  unrecovered = 0;
  private position: Position | undefined;
  private isDone = false;

  private constructor(
    private readonly url: string,
    private readonly channel: string,
  ) {}

  static async start(url: string, channel: string): Promise<Follower> {
    const follower = new Follower(url, channel);
    await follower.connect();
    return follower;
  }

  /** It does not come back any more. */
  end(): void {
    this.isDone = true;
  }

  private async connect(): Promise<void> {
    const client = await this.open();
    client.webSocket.on('message', (text) =>
      this.take(JSON.parse((text as Buffer).toString()) as Parameters<Follower['take']>[0]),
    );
    const { channel, position } = this;
    const { positions } = await subscribe(client, position === undefined ? channel : { channel, since: position });
    const at = positions?.[channel];
    if (position === undefined && at !== undefined) this.position ??= { epoch: at.epoch, offset: at.offset };
    else if (at?.recovered !== true) this.unrecovered += 1;
    void client.closed.then((closed) => this.comeBack(closed));
  }

  private take({ type, data, metadata }: { type: string; data: unknown; metadata?: Position }): void {
    if (type !== 'event' || metadata === undefined) return;
    this.events.push(data);
    this.position = { epoch: metadata.epoch, offset: metadata.offset };
  }

  private async comeBack({ code, reason }: { code: number; reason: string }): Promise<void> {
    if (this.isDone) return;
    const since = performance.now();
    this.closeCodes.push(code);
    await after(parseCloseReason(reason).retryAfterMs ?? 0);
    await this.connect();
    this.away.push(performance.now() - since);
  }

  private async open(): Promise<TestClient> {
    for (;;) {
      const client = await TestClient.open(this.url).catch(() => undefined);
      if (client !== undefined) return client;
      await after(REFUSED_MS);
    }
  }
}

const after = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
