import { randomBytes } from 'node:crypto';
import * as msgpack from '@msgpack/msgpack';
import { subprotocols } from '@skreaver/protocol';

export const opcode = { continuation: 0, text: 1, binary: 2, close: 8, ping: 9, pong: 10 } as const;

export interface FrameOptions {
  /** Default: true. */
  readonly fin?: boolean;
  /** The three reserved bits, as a number from 0 to 7. Default: 0. */
  readonly rsv?: number;
  /** What the header claims instead of the payload's length; from 65,536 on in eight bytes. */
  readonly claimedLength?: bigint;
  /** Default: true, as RFC 6455 §5.3 demands of clients. */
  readonly masked?: boolean;
}

/** A frame as a client sends it, right or wrong (RFC 6455 §5.2). */
export function clientFrame(code: number, payload: string | Buffer, options: FrameOptions = {}): Buffer {
  const { fin = true, rsv = 0, masked = true } = options;
  const body = Buffer.from(payload);
  const first = (fin ? 0x80 : 0) | (rsv << 4) | code;
  const length = lengthBytes(options.claimedLength ?? BigInt(body.length));
  length[0] = (length[0] as number) | (masked ? 0x80 : 0);
  if (!masked) return Buffer.concat([Buffer.of(first), length, body]);
  const mask = randomBytes(4);
  const hidden = body.map((byte, at) => byte ^ (mask[at % 4] as number));
  return Buffer.concat([Buffer.of(first), length, mask, hidden]);
}

/** A whole text frame with a message as JSON. */
export function messageFrame(message: object): Buffer {
  return clientFrame(opcode.text, JSON.stringify(message));
}

/** A whole binary frame with a message as MessagePack, by another library than the server's. */
export function packedFrame(message: object): Buffer {
  return clientFrame(opcode.binary, Buffer.from(msgpack.encode(message)));
}

/** Asks for MessagePack in the opening handshake. */
export const offeringMsgpack: UpgradeParts = { headers: { 'Sec-WebSocket-Protocol': subprotocols.msgpack } };

function lengthBytes(length: bigint): Buffer {
  if (length < 126n) return Buffer.of(Number(length));
  if (length < 65_536n) return Buffer.of(126, Number(length >> 8n), Number(length & 0xffn));
  const bytes = Buffer.alloc(9);
  bytes[0] = 127;
  bytes.writeBigUInt64BE(length, 1);
  return bytes;
}

export interface UpgradeParts {
  readonly method?: string;
  readonly target?: string;
  /** Default: 1.1. */
  readonly version?: string;
  /** Headers by name; `undefined` leaves a usual one out, a list repeats it. */
  readonly headers?: Readonly<Record<string, string | readonly string[] | undefined>>;
}

/** The head of an opening handshake, right unless told otherwise (RFC 6455 §4.1). */
export function upgradeHead(parts: UpgradeParts = {}): string {
  const { method = 'GET', target = '/ws', version = '1.1', headers = {} } = parts;
  const all: UpgradeParts['headers'] = {
    Host: '127.0.0.1',
    Connection: 'Upgrade',
    Upgrade: 'websocket',
    'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25jZQ==',
    'Sec-WebSocket-Version': '13',
    ...headers,
  };
  const lines = Object.entries(all).flatMap(([name, value]) =>
    value === undefined ? [] : [value].flat().map((one) => `${name}: ${one}\r\n`),
  );
  return `${method} ${target} HTTP/${version}\r\n${lines.join('')}\r\n`;
}
