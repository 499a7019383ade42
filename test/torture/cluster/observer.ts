import type { ServerMessage } from '@skreaver/protocol';
import { WebSocket } from 'ws';
import { jwtOf } from '../../e2e/credentials.js';
import type { Kept } from './cluster-ledger.js';
import type { TorturedServer } from './tortured-server.js';

const ANSWER_MS = 15_000;
const PAGE = 1000;

interface Presence {
  readonly members: readonly { readonly user_id: string; readonly connections: number }[];
}

interface Page {
  readonly epoch: string;
  readonly events: readonly {
    readonly data: { readonly id: string };
    readonly metadata: { readonly offset: number };
  }[];
}

/** Looks at the server as a client of one node does. */
export class Observer {
  private constructor(private readonly webSocket: WebSocket) {}

  /** @throws Error where the node refuses, or what it asks fails */
  static async look<T>(node: TorturedServer, at: (observer: Observer) => Promise<T>): Promise<T> {
    const webSocket = new WebSocket(`${node.ws}?token=${jwtOf({ sub: 'observer' })}`);
    const failed = new Promise<never>((_, reject) => {
      webSocket.on('error', reject);
      webSocket.on('close', () => reject(new Error('The observer was cut off.')));
      setTimeout(() => reject(new Error('The observer got no answer.')), ANSWER_MS).unref();
    });
    try {
      await Promise.race([new Promise<void>((resolve) => webSocket.once('open', () => resolve())), failed]);
      return await Promise.race([at(new Observer(webSocket)), failed]);
    } finally {
      failed.catch(() => undefined);
      webSocket.terminate();
    }
  }

  /** The users in a channel, and how many connections each has there. */
  async members(channel: string): Promise<ReadonlyMap<string, number>> {
    const { members } = await this.ask<Presence>('presence', { channel });
    return new Map(members.map(({ user_id: user, connections }) => [user, connections]));
  }

  /** All that is kept of a channel. */
  async history(channel: string): Promise<Kept> {
    const ids = new Map<number, string>();
    for (let since: object | undefined; ;) {
      const { epoch, events } = await this.ask<Page>('history', { channel, limit: PAGE, since });
      for (const { data, metadata } of events) ids.set(metadata.offset, data.id);
      const last = events.at(-1)?.metadata.offset;
      if (last === undefined) return { epoch, ids };
      since = { epoch, offset: last };
    }
  }

  private ask<T>(method: string, params: object): Promise<T> {
    const correlation_id = `${method} ${Math.random()}`;
    return new Promise<T>((resolve, reject) => {
      const take = (data: Buffer): void => {
        const message = JSON.parse(data.toString()) as ServerMessage;
        if (message.type !== 'response' || message.correlation_id !== correlation_id) return;
        this.webSocket.off('message', take);
        if (message.data.status === 'success') resolve(message.data.result as T);
        else reject(new Error(`${method}: ${JSON.stringify(message.data)}`));
      };
      this.webSocket.on('message', take);
      this.webSocket.send(JSON.stringify({ type: 'request', data: { method, params }, correlation_id }));
    });
  }
}
