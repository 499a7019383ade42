import { check, type Sender } from './envelope.js';
import { type Checked, type Decoded, refuse } from './fault.js';
import { clientMessageTypes, type ServerMessage } from './messages.js';
import { readUtf8 } from './read-utf8.js';
import { serverShapes } from './server-shapes.js';
import { isObject } from './shape.js';

export const fromServer: Sender = { name: 'server', shapes: serverShapes, otherTypes: clientMessageTypes };

/**
 * Decodes one message of a server (PROTOCOL §2, §3). Bytes are read as UTF-8. Never throws. The message is the parsed
 * object itself, and unknown keys stay on it. A server is trusted: depth and keys have no limit, since rejecting an event
 * here would lose it.
 */
export function decodeServerMessage(input: string | Uint8Array): Decoded<ServerMessage>;
export function decodeServerMessage(input: string | Uint8Array): Checked {
  const text = typeof input === 'string' ? input : readUtf8(input);
  if (text === undefined) return refuse({ message: 'The message is not valid UTF-8.' });
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    return refuse({ message: 'The message is not valid JSON.' });
  }
  return isObject(parsed) ? check(parsed, fromServer) : refuse({ message: 'The message must be a JSON object.' });
}
