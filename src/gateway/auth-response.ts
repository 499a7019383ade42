import type { AuthResponseMessage } from '@skreaver/protocol';
import type { ResolvedConfig } from '../config/index.js';
import type { ClientConnection, Identity, WsError } from '../connection/index.js';

/** Tells a client who it is and until when, and what it needs to know of the server: to notice a loss, to come back, to keep to its pace. */
export function accepted(
  connection: ClientConnection,
  { userId: user_id, expiresAt }: Identity,
  config: Pick<ResolvedConfig, 'pingInterval' | 'reconnectWindow' | 'messageRate' | 'messageBurst' | 'bufferSize'>,
): AuthResponseMessage {
  return {
    type: 'auth_response',
    data: {
      success: true,
      user_id,
      connection_id: connection.id,
      ...(expiresAt === undefined ? {} : { expires_at: expiresAt.getTime(), expires_in: secondsUntil(expiresAt) }),
      ...(connection.socket.pingsBy === 'message' ? { ping_interval: config.pingInterval } : {}),
      reconnect_window_ms: config.reconnectWindow,
      message_rate: config.messageRate,
      message_burst: config.messageBurst,
      max_requests: config.bufferSize,
    },
  };
}

/** Tells a client why its token was not accepted. */
export function refused(error: WsError): AuthResponseMessage {
  return { type: 'auth_response', data: { success: false, error: error.toBody() } };
}

/** Whole seconds, rounded down, so that no client renews too late; 0 in the grace time of a session that has expired. */
const secondsUntil = (end: Date): number => Math.max(0, Math.floor((end.getTime() - Date.now()) / 1000));
