import { clientShapes } from './client-shapes.js';
import { check, type Sender } from './envelope.js';
import { type Checked, type Decoded, type Fault, type FaultContent, type Refused, refuse } from './fault.js';
import { findCorrelation } from './find-correlation-id.js';
import { scanFaults } from './json-text.js';
import { protocolLimits } from './limits.js';
import { serverMessageTypes } from './messages.js';
import { keepSource } from './published-source.js';
import { readUtf8 } from './read-utf8.js';
import { scanJson } from './scan-json.js';
import { isObject } from './shape.js';

const { maxDepth, maxKeys } = protocolLimits;

/** Several client libraries send this text as their heartbeat by default. */
const barePing = 'A ping is {"type":"ping"}, not the bare text; set it as the heartbeat of your client library.';

export const fromClient: Sender = { name: 'client', shapes: clientShapes, otherTypes: serverMessageTypes };

/**
 * Decodes one message of a client (PROTOCOL §2, §3), within the limits of a client message. Bytes are read as UTF-8.
 * Never throws. The message is the parsed object itself, and unknown keys stay on it. Channel names are not checked here,
 * because an invalid name fails only its own entry of a `subscribe`.
 */
export function decodeClientMessage(input: string | Uint8Array): Decoded;
export function decodeClientMessage(input: string | Uint8Array): Checked {
  const text = typeof input === 'string' ? input : readUtf8(input);
  if (text === undefined) return refuse({ message: 'The message is not valid UTF-8.' });
  const scan = scanJson(text, maxDepth, maxKeys);
  if (scan !== 'ok') return refuseText(scanFaults[scan], text);
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    return refuseText({ message: text === 'ping' ? barePing : 'The message is not valid JSON.' }, text);
  }
  if (!isObject(parsed)) return refuse({ message: 'The message must be a JSON object.' });
  const checked = check(parsed, fromClient);
  if (checked.ok && parsed.type === 'request') keepSource(parsed, text);
  return checked;
}

/** The fault of a message that is rejected before it is parsed, with its correlation id if the text has one. */
export function faultOfText(content: FaultContent & Pick<Fault, 'code'>, text: string): Fault {
  return refuseText(content, text).fault;
}

/** Rejects text that is not parsed. */
function refuseText(content: FaultContent, text: string): Refused {
  const { correlationId, type } = findCorrelation(text);
  return refuse(content, correlationId, type);
}
