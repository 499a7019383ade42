import type { AuthResponseMessage } from '@skreaver/protocol';
import type { ClientConnection, Identity, WsError } from '../connection/index.js';

/** Tells a client who it is, and until when. */
export function accepted(connection: ClientConnection, { userId: user_id, expiresAt }: Identity): AuthResponseMessage {
  const known = { success: true, user_id, connection_id: connection.id } as const;
  const data = expiresAt === undefined ? known : { ...known, expires_at: expiresAt.getTime() };
  return { type: 'auth_response', data };
}

/** Tells a client why its token was not accepted. */
export function refused(error: WsError): AuthResponseMessage {
  return { type: 'auth_response', data: { success: false, error: error.toBody() } };
}
