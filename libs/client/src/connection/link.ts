import type { ClientMessage, ServerMessage } from '@skreaver/protocol';
import type { Settings } from '../client-options.js';
import type { Clock } from '../environment/clock.js';
import { type SkreaverError, failure } from '../errors.js';
import { type Liveness, createLiveness } from './liveness.js';
import { type WebSocketLike, abandon, webSocketUrl } from './web-socket.js';

export interface LinkHooks {
  /** Rejects with what `getToken` threw. */
  readonly token: (signal: AbortSignal) => Promise<string | undefined>;
  /** Milliseconds of silence after which the server is asked for a sign of life. */
  readonly idle: () => number;
  readonly onOpen: (token: string | undefined) => void;
  readonly onMessage: (message: ServerMessage) => void;
  /** It never opened, or it has ended. Called once, and nothing is called after it. */
  readonly onFail: (error: unknown) => void;
  readonly onClose: (code: number, reason: string, cause?: unknown) => void;
  readonly onError: (error: SkreaverError) => void;
  readonly onFrame: (direction: 'in' | 'out', text: string) => void;
}

export type Link = ReturnType<typeof openLink>;

/** One attempt, and the connection that comes of it. */
export function openLink(settings: Settings, clock: Clock, hooks: LinkHooks) {
  const abort = new AbortController();
  let socket: WebSocketLike | undefined;
  let liveness: Liveness | undefined;

  const close = (): void => {
    abort.abort();
    liveness?.stop();
    if (socket) abandon(socket);
  };

  const ended = (code: number, reason: string, cause?: unknown): void => {
    close();
    hooks.onClose(code, reason, cause);
  };

  /** Does nothing where the connection is not open. */
  const send = (message: ClientMessage): void => {
    if (!liveness) return;
    const text = JSON.stringify(message);
    socket?.send(text);
    hooks.onFrame('out', message.type === 'auth' ? '{"type":"auth"}' : text);
  };

  const ping = (): void => send({ type: 'ping' });

  const open = async (): Promise<void> => {
    const url = webSocketUrl(await (typeof settings.url === 'function' ? settings.url() : settings.url));
    const token = await hooks.token(abort.signal);
    if (abort.signal.aborted) return;
    socket =
      settings.openSocket?.(url, 'skreaver.v1', token) ?? new (settings.WebSocket ?? WebSocket)(url, 'skreaver.v1');
    socket.onopen = () => {
      liveness = createLiveness(clock, hooks.idle, settings.probeTimeout, ping, () => ended(4001, 'PONG_TIMEOUT'));
      hooks.onOpen(token);
    };
    socket.onmessage = ({ data }: { readonly data: string }) => {
      liveness?.heard();
      hooks.onFrame('in', data);
      try {
        // A server is trusted: its messages are not checked, only what breaks on one is reported.
        hooks.onMessage(JSON.parse(data) as ServerMessage);
      } catch (cause) {
        hooks.onError(failure('PROTOCOL_ERROR', cause));
      }
    };
    socket.onclose = ({ code, reason }: { readonly code: number; readonly reason: string }) => ended(code, reason);
    // Node 22 says only `error` where a connection is refused.
    socket.onerror = (cause: unknown) => ended(1006, '', cause);
  };

  open().catch((error: unknown) => abort.signal.aborted || hooks.onFail(error));
  return { startedAt: clock.now(), isOpen: () => liveness !== undefined, send, probe: () => liveness?.probe(), close };
}
