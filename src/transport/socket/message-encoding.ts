import { Buffer } from 'node:buffer';
import {
  type Decoded,
  type Fault,
  type ServerMessage,
  decodeClientMessage,
  encode,
  faultOfText,
} from '@skreaver/protocol';
import { faultOfBytes, pack, unpack } from '@skreaver/protocol/msgpack';
import type { EncodingName } from '../../metrics/index.js';
import { Frame, type FrameForm, MSGPACK_FORM } from '../outbound/frame.js';

type FaultContent = Parameters<typeof faultOfText>[0];

/** How the messages of a socket are written. */
export interface MessageEncoding {
  readonly name: EncodingName;
  /** Whether messages come in binary frames. */
  readonly isBinary: boolean;
  /** The form of uncompressed frames. */
  readonly form: FrameForm;
  /** Decodes a message of the client. */
  decode(message: Buffer): Decoded;
  /** Frames a message for this socket alone. */
  answer(message: ServerMessage): Frame;
  /** The fault of a message that is not decoded, with its correlation id if it has one. */
  faultOf(content: FaultContent, message: Buffer): Fault;
}

/** The encodings by subprotocol (PROTOCOL §1): JSON in text frames, MessagePack in binary frames. */
export const messageEncodings: Readonly<Record<EncodingName, MessageEncoding>> = {
  json: {
    name: 'json',
    isBinary: false,
    form: 0,
    decode: (message) => decodeClientMessage(message.toString()),
    answer: (message) => Frame.answer(encode(message)),
    faultOf: (content, message) => faultOfText(content, message.toString()),
  },
  msgpack: {
    name: 'msgpack',
    isBinary: true,
    form: MSGPACK_FORM,
    // Bytes in a message become a `Buffer` of their own: a `Uint8Array` that class-transformer copies as such.
    decode: (message) => unpack(message, 'client', (part) => Buffer.from(part)),
    answer: (message) => Frame.packedAnswer(pack(message)),
    faultOf: (content, message) => faultOfBytes(content, message),
  },
};
