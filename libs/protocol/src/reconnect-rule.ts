/** Codes of RFC 6455 by which the server says that the client itself is at fault: it would be again. */
const FAULTS_OF_CLIENTS: readonly number[] = [1002, 1003, 1007, 1008, 1009];

/**
 * Tells whether a client reconnects after `code`, unless it closed the connection itself (PROTOCOL §9). A client
 * handles a code that it does not know by its range: 4500–4999 stop, 4000–4499 reconnect. All other codes reconnect,
 * because they are not this server's verdict on the client. Examples are 1005 (closed without a code), 1006 (connection
 * lost), 1014 (bad gateway), 1015 (TLS) and 3000–3999 of a proxy.
 *
 * Reads no table, since the sentences of the table would be in the bundle of every client.
 */
export function reconnectRule(code: number): 'reconnect' | 'stop' {
  return FAULTS_OF_CLIENTS.includes(code) || (code >= 4500 && code <= 4999) ? 'stop' : 'reconnect';
}
