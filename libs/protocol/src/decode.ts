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

/** What is wrong with a message, ready to be sent back as an `error`. No text of the message is in it. */
export interface Fault {
  readonly code: WsErrorCode;
  readonly message: string;
  /** That of the message at fault, where one could be read. */
  readonly correlationId?: string;
  /** That message is a `request` with a correlation id: a `response` says what is wrong with it (protocol section 5). */
  readonly isRequest?: true;
  readonly details?: Readonly<Record<string, unknown>>;
}

export type Decoded<Message extends WsMessage = ClientMessage> =
  { readonly ok: true; readonly message: Message } | { readonly ok: false; readonly fault: Fault };

type Refused = Extract<Decoded, { ok: false }>;

/** What a fault is, `INVALID_MESSAGE` unless it says otherwise. */
type What = Partial<Pick<Fault, 'code'>> & Pick<Fault, 'message' | 'details'>;

/** What the overloads of `decode` promise more of: nothing was found wrong with `message`. */
type Checked = { readonly ok: true; readonly message: object } | Refused;

const { maxDepth, maxKeys, maxCorrelationIdLength } = protocolLimits;

/** Of the platform (browsers and Node alike); declared here because the package asks for neither's types. */
declare const TextDecoder: new (
  label: string,
  options: { fatal: boolean; ignoreBOM: boolean },
) => { decode(input: Uint8Array): string };

/** A byte order mark is kept, so that bytes and text get the same answer: it is no JSON (RFC 8259 section 8.1). */
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * Reads one message (protocol sections 2 and 3): of a client, unless `from` says otherwise. Bytes are UTF-8. Never throws.
 * The message is the parsed object itself; keys that the protocol does not know stay on it, unread. A channel name is
 * not judged here, as one bad name in a `subscribe` fails alone.
 *
 * The limits of depth and keys hold for clients. A server is trusted with what was published through it: to refuse its
 * event here would be to lose it.
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

/** A fault of a message that is not to be parsed, with its id: for whoever refuses it before it is decoded. */
export function faultOfText(what: What & Pick<Fault, 'code'>, text: string): Fault {
  return refuseText(what, text).fault;
}

/** Refuses what is not to be parsed. */
function refuseText(what: What, text: string): Refused {
  const { correlationId, type } = findCorrelation(text);
  return refuse(what, correlationId, type);
}

function refuse(what: What, correlationId?: string, type?: unknown): Refused {
  const fault = { code: WsErrorCode.InvalidMessage, ...what };
  if (correlationId === undefined) return { ok: false, fault };
  if (type !== WsMessageType.Request) return { ok: false, fault: { ...fault, correlationId } };
  return { ok: false, fault: { ...fault, correlationId, isRequest: true } };
}
