import type { WebSocketLike } from '../../../libs/client/src/index.js';
import type { ClientMessage, ServerMessage } from '@skreaver/protocol';

/** The server's side of a connection that a test plays. */
export class FakeSocket implements WebSocketLike {
  onopen: WebSocketLike['onopen'] = null;
  onmessage: WebSocketLike['onmessage'] = null;
  onclose: WebSocketLike['onclose'] = null;
  onerror: WebSocketLike['onerror'] = null;
  state: 'connecting' | 'open' | 'closed' = 'connecting';
  readonly sent: ClientMessage[] = [];
  /** What the server sends does not arrive. */
  isMuted = false;
  /** The code that the client closed it with. */
  closedWith: number | undefined;

  constructor(
    readonly url: string,
    readonly protocol?: string | string[],
    readonly token?: string,
  ) {}

  send(text: string): void {
    if (this.state === 'connecting') throw new Error('InvalidStateError');
    if (this.state === 'open') this.sent.push(JSON.parse(text) as ClientMessage);
  }

  close(code?: number): void {
    if (this.state === 'closed') return;
    this.state = 'closed';
    this.closedWith = code;
  }

  open(): void {
    this.state = 'open';
    this.call(this.onopen, {});
  }

  receive(message: ServerMessage | object): void {
    this.receiveText(JSON.stringify(message));
  }

  receiveText(data: string): void {
    if (!this.isMuted) this.call(this.onmessage, { data });
  }

  /** The server, or the network, closes it. */
  end(code: number, reason = ''): void {
    this.state = 'closed';
    this.call(this.onclose, { code, reason });
  }

  fail(): void {
    this.state = 'closed';
    this.call(this.onerror, { message: 'ECONNREFUSED' });
  }

  /** The messages of a type that the client has sent. */
  of<T extends ClientMessage['type']>(type: T): (ClientMessage & { readonly type: T })[] {
    return this.sent.filter((message): message is ClientMessage & { readonly type: T } => message.type === type);
  }

  private call(listener: ((event: never) => unknown) | null, event: object): void {
    listener?.(event as never);
  }
}
