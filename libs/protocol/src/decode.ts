import { clientShapes } from './client-shapes.js';
import { WsErrorCode } from './error-codes.js';
import { findCorrelation, readCorrelationId } from './find-correlation-id.js';
import { scanFaults } from './json-text.js';
import { protocolLimits } from './limits.js';
import { type ClientMessage, type ServerMessage, type WsMessage, WsMessageType } from './messages.js';
import { keepSource } from './published-source.js';
import { scanJson } from './scan-json.js';
import { serverShapes } from './server-shapes.js';
import { isObject, type JsonObject, type ShapeCheck } from './shape.js';

/** A fault of a message, ready to be sent back as an `error`. It contains no text of the message. */
export interface Fault {
  readonly code: WsErrorCode;
  readonly message: string;
  /** The correlation id of the faulty message, if one could be read. */
  readonly correlationId?: string;
  /** Set if the message is a `request` with a correlation id: the fault is then sent as a `response` (PROTOCOL §5). */
  readonly isRequest?: true;
  readonly details?: Readonly<Record<string, unknown>>;
}

export type Decoded<Message extends WsMessage = ClientMessage> =
  { readonly ok: true; readonly message: Message } | { readonly ok: false; readonly fault: Fault };

type Refused = Extract<Decoded, { ok: false }>;

/** The content of a fault. The code is `INVALID_MESSAGE` unless another is given. */
type FaultContent = Partial<Pick<Fault, 'code'>> & Pick<Fault, 'message' | 'details'>;

/** The result of all checks. The overloads of `decode` give a more exact type to a `message` that passed them. */
type Checked = { readonly ok: true; readonly message: object } | Refused;

const { maxDepth, maxKeys, maxCorrelationIdLength } = protocolLimits;

/** A global of browsers and Node. Declared here because the package depends on the types of neither. */
declare const TextDecoder: new (
  label: string,
  options: { fatal: boolean; ignoreBOM: boolean },
) => { decode(input: Uint8Array): string };

/** Keeps a byte order mark, which is not JSON (RFC 8259 §8.1), so that bytes and text get the same answer. */
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * Decodes one message of a client, or of a server (PROTOCOL §2, §3). Bytes are read as UTF-8. Never throws. The message
 * is the parsed object itself, and unknown keys stay on it. Channel names are not checked here, because an invalid name
 * fails only its own entry of a `subscribe`.
 *
 * The limits of depth and keys apply only to clients. Events of a server are trusted: rejecting one here would lose it.
 */
export function decode(input: string | Uint8Array, from?: 'client'): Decoded;
export function decode(input: string | Uint8Array, from: 'server'): Decoded<ServerMessage>;
export function decode(input: string | Uint8Array, from: 'client' | 'server' = 'client'): Checked {
  const text = typeof input === 'string' ? input : readUtf8(input);
  if (text === undefined) return refuse({ message: 'The message is not valid UTF-8.' });
  if (from === 'client') {
    const scan = scanJson(text, maxDepth, maxKeys);
    if (scan !== 'ok') return refuseText(scanFaults[scan], text);
  }
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    return refuseText({ message: 'The message is not valid JSON.' }, text);
  }
  if (!isObject(parsed)) return refuse({ message: 'The message must be a JSON object.' });
  const checked = check(parsed, from);
  if (checked.ok && parsed.type === 'request') keepSource(parsed, text);
  return checked;
}

function check(message: JsonObject, from: 'client' | 'server'): Checked {
  const correlationId = readCorrelationId(message.correlation_id);
  const shape = (from === 'client' ? clientShapes : serverShapes).get(message.type);
  const wrong = shape === undefined ? unknownType(message.type, from) : (envelope(message) ?? shape(message));
  return wrong === undefined ? { ok: true, message } : refuse({ message: wrong }, correlationId, message.type);
}

function envelope(message: JsonObject): string | undefined {
  const { correlation_id: correlationId, metadata } = message;
  if (correlationId !== undefined && readCorrelationId(correlationId) === undefined) {
    return `correlation_id must be a string of at most ${maxCorrelationIdLength} characters.`;
  }
  return metadata === undefined || isObject(metadata) ? undefined : 'metadata must be an object.';
}

function unknownType(type: unknown, from: 'client' | 'server'): string {
  const known: ReadonlyMap<unknown, ShapeCheck> = from === 'client' ? clientShapes : serverShapes;
  const other = from === 'client' ? serverShapes : clientShapes;
  const expected = `expected one of ${[...known.keys()].join(', ')}.`;
  if (typeof type !== 'string') return `type must be a string; ${expected}`;
  return other.has(type)
    ? `A ${from} does not send messages of this type; ${expected}`
    : `The type is unknown; ${expected}`;
}

function readUtf8(bytes: Uint8Array): string | undefined {
  try {
    return utf8.decode(bytes);
  } catch {
    return undefined;
  }
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

function refuse(content: FaultContent, correlationId?: string, type?: unknown): Refused {
  const fault = { code: WsErrorCode.InvalidMessage, ...content };
  if (correlationId === undefined) return { ok: false, fault };
  if (type !== WsMessageType.Request) return { ok: false, fault: { ...fault, correlationId } };
  return { ok: false, fault: { ...fault, correlationId, isRequest: true } };
}
