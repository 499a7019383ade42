import type { WebSocketLike } from '../../../libs/client/src/index.js';

type Handler = ((event: never) => unknown) | null;

interface Native extends WebSocketLike {
  readonly readyState: number;
}

const { WebSocket: NativeSocket } = globalThis as unknown as {
  readonly WebSocket: new (url: string, protocols: string[]) => Native;
};

const [CONNECTING, OPEN, CLOSING, CLOSED] = [0, 1, 2, 3];

/**
 * A `WebSocket` as that of React Native, over the one that is global here: an `error` that says nothing comes before the
 * `close` of a failure, whose reason is a sentence of the platform; `send` throws before it is open; nothing comes once it
 * is closed by this side but its `close`.
 */
export class ReactNativeSocket implements WebSocketLike {
  onopen: Handler = null;
  onmessage: Handler = null;
  onclose: Handler = null;
  onerror: Handler = null;
  private readyState = CONNECTING;
  private readonly native: Native;

  constructor(url: string, protocols?: string | string[]) {
    this.native = new NativeSocket(url, [protocols ?? []].flat());
    this.native.onopen = () => {
      this.readyState = OPEN;
      this.tell(this.onopen, { type: 'open' });
    };
    this.native.onmessage = ({ data }: { data: unknown }) => this.tell(this.onmessage, { type: 'message', data });
    this.native.onclose = ({ code, reason }: { code: number; reason: string }) => {
      if (code === 1006) this.failed();
      else this.closed(code, reason);
    };
    this.native.onerror = () => this.failed();
  }

  send(data: string): void {
    if (this.readyState === CONNECTING) throw new Error('INVALID_STATE_ERR');
    this.native.send(data);
  }

  close(code = 1000): void {
    if (this.readyState === CLOSING || this.readyState === CLOSED) return;
    this.readyState = CLOSING;
    this.native.close(code);
  }

  private failed(): void {
    if (this.readyState === CLOSED) return;
    this.readyState = CLOSED;
    this.tell(this.onerror, { type: 'error' });
    this.tell(this.onclose, { type: 'close', code: 1006, reason: 'Software caused connection abort' });
  }

  private closed(code: number, reason: string): void {
    this.readyState = CLOSED;
    this.tell(this.onclose, { type: 'close', code, reason });
  }

  private tell(handler: Handler, event: object): void {
    handler?.(event as never);
  }
}
