import { fromClient } from '../decode-client-message.js';
import { fromServer } from '../decode-server-message.js';
import { check } from '../envelope.js';
import { type Checked, type Decoded, type Fault, type FaultContent, refuse } from '../fault.js';
import { scanFaults } from '../json-text.js';
import { protocolLimits } from '../limits.js';
import type { ServerMessage } from '../messages.js';
import { keepSource, publishedPath, type PublishedSource } from '../published-source.js';
import { isObject } from '../shape.js';
import { findCorrelationInBytes } from './find-correlation.js';
import { jsonOfMsgpack } from './json-of-msgpack.js';
import { type CopyBytes, type Malformed, type ReadLimits, ValueReader, copyBytes } from './read-value.js';
import { TokenReader } from './token-reader.js';
import { valueAt } from './value-at.js';

const UNLIMITED: ReadLimits = { maxDepth: Infinity, maxKeys: Infinity };

const faults: Readonly<Record<Malformed, FaultContent>> = {
  broken: { message: 'The message is not valid MessagePack.' },
  'bytes-after': { message: 'The message has bytes after its end.' },
  extension: { message: 'The message has an extension type, such as a timestamp; send a number or a string.' },
  key: { message: 'The message has a key that is not a string.' },
  text: { message: 'The message has a string that is not valid UTF-8.' },
  'not-finite': { message: 'The message has a number that is not finite; send null or a string.' },
  'too-deep': scanFaults['too-deep'],
  'too-many-keys': scanFaults['too-many-keys'],
};

/**
 * Decodes one message of a client, or of a server, from MessagePack, by the rules for JSON (PROTOCOL §2, §3). Never
 * throws. Integers beyond 2^53 become the nearest number, as in `JSON.parse`. Bytes become a `Uint8Array`.
 * @param copy makes the value of bytes inside the message, from a part of it. Default: a `Uint8Array` of its own.
 */
export function unpack(bytes: Uint8Array, from?: 'client', copy?: CopyBytes): Decoded;
export function unpack(bytes: Uint8Array, from: 'server', copy?: CopyBytes): Decoded<ServerMessage>;
export function unpack(bytes: Uint8Array, from: 'client' | 'server' = 'client', copy: CopyBytes = copyBytes): Checked {
  const reader = new ValueReader(new TokenReader(bytes), from === 'client' ? protocolLimits : UNLIMITED, copy);
  const message = reader.read();
  if (reader.malformed !== undefined) return { ok: false, fault: faultOfBytes(faults[reader.malformed], bytes) };
  if (!isObject(message)) return refuse({ message: 'The message must be a map.' });
  const checked = check(message, from === 'client' ? fromClient : fromServer);
  if (checked.ok && message['type'] === 'request') keepSource(message, () => publishedIn(bytes));
  return checked;
}

/** Decodes a value that {@link packValue} or a valid message has made. */
export function unpackValue(bytes: Uint8Array, copy: CopyBytes = copyBytes): unknown {
  return new ValueReader(new TokenReader(bytes), UNLIMITED, copy).read();
}

/** The fault of a message that is not decoded, with its correlation id if the bytes have one. */
export function faultOfBytes(content: FaultContent, bytes: Uint8Array): Fault {
  const { correlationId, type } = findCorrelationInBytes(bytes);
  return refuse(content, correlationId, type).fault;
}

function publishedIn(message: Uint8Array): PublishedSource | undefined {
  const data = valueAt(message, publishedPath);
  if (data === undefined) return undefined;
  const { json, hasBytes } = jsonOfMsgpack(data);
  return hasBytes ? { json, msgpack: copyBytes(data) } : { json };
}
