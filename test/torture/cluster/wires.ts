import type { Position, ServerMessage } from '@skreaver/protocol';
import { WebSocket } from 'ws';
import type { TorturedServer } from './tortured-server.js';
import type { Outcome, Publication } from './receipts.js';

/** Longer than a node waits for its engine. */
const ANSWER_MS = 15_000;
const NOT_DONE: Outcome = { kind: 'not_done' };
const UNKNOWN: Outcome = { kind: 'unknown' };

interface Refusal {
  readonly code?: string;
  readonly outcome?: string;
  readonly details?: { readonly outcome?: string };
}

/** How a publication is sent. */
export interface Wire {
  /** @throws Error for an answer that no outage explains */
  send(publication: Publication): Promise<Outcome>;
  close(): void;
}

const contentOf = ({ id, channel, hasKey }: Publication): object => ({
  channel,
  data: { id },
  ...(hasKey && { idempotency_key: id }),
});

function outcomeOf(receipt: Partial<Position>): Outcome {
  const { epoch, offset } = receipt;
  if (epoch === undefined || offset === undefined)
    throw new Error(`A receipt without a position: ${JSON.stringify(receipt)}`);
  return { kind: 'ok', position: { epoch, offset } };
}

function outcomeOfRefusal(refusal: Refusal): Outcome {
  if (refusal.code === 'SERVICE_RESTART') return NOT_DONE;
  const outcome = refusal.outcome ?? refusal.details?.outcome;
  if (refusal.code === 'UNAVAILABLE' && outcome === 'not_done') return NOT_DONE;
  if (refusal.code === 'UNAVAILABLE' && outcome === 'unknown') return UNKNOWN;
  throw new Error(`A publication was refused: ${JSON.stringify(refusal)}`);
}

/** The HTTP API of one node. */
export class HttpWire implements Wire {
  constructor(private readonly node: TorturedServer) {}

  async send(publication: Publication): Promise<Outcome> {
    let response: Response;
    let body: object;
    try {
      response = await this.node.post('/api/publish', contentOf(publication), ANSWER_MS);
      body = (await response.json()) as object;
    } catch (error) {
      const { cause } = error as { cause?: { code?: string } };
      return cause?.code === 'ECONNREFUSED' ? NOT_DONE : UNKNOWN;
    }
    return response.ok ? outcomeOf(body) : outcomeOfRefusal(body);
  }

  close(): void {}
}

/** The request `publish` of a client. */
export class SocketWire implements Wire {
  private webSocket: WebSocket | undefined;
  private waiting: { readonly id: string; readonly resolve: (answer: object | undefined) => void } | undefined;

  /** @param url where it connects, anew for each connection */
  constructor(private readonly url: () => string) {}

  async send(publication: Publication): Promise<Outcome> {
    const webSocket = await this.connection();
    if (webSocket === undefined) return NOT_DONE;
    const { id } = publication;
    const answer = await new Promise<object | undefined>((resolve) => {
      this.waiting = { id, resolve };
      const request = { method: 'publish', params: contentOf(publication), timeout: ANSWER_MS };
      webSocket.send(JSON.stringify({ type: 'request', data: request, correlation_id: id }));
    });
    this.waiting = undefined;
    if (answer === undefined) return UNKNOWN;
    const { status, result, error } = answer as { status: string; result: Partial<Position>; error: Refusal };
    return status === 'success' ? outcomeOf(result) : outcomeOfRefusal(error);
  }

  close(): void {
    this.webSocket?.terminate();
  }

  private async connection(): Promise<WebSocket | undefined> {
    if (this.webSocket?.readyState === WebSocket.OPEN) return this.webSocket;
    const webSocket = new WebSocket(this.url(), { perMessageDeflate: false });
    this.webSocket = webSocket;
    webSocket.on('message', (data: Buffer) => this.take(webSocket, JSON.parse(data.toString()) as ServerMessage));
    return new Promise((resolve) => {
      webSocket.on('open', () => resolve(webSocket));
      webSocket.on('error', () => resolve(undefined));
      webSocket.on('close', () => {
        resolve(undefined);
        if (this.webSocket === webSocket) this.waiting?.resolve(undefined);
      });
    });
  }

  private take(webSocket: WebSocket, message: ServerMessage): void {
    if (message.type === 'ping') webSocket.send(JSON.stringify({ type: 'pong' }));
    const isAnswer = message.type === 'response' && message.correlation_id === this.waiting?.id;
    if (isAnswer) this.waiting?.resolve(message.data);
  }
}
