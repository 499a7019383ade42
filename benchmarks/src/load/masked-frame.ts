const MASK = Buffer.from([0x1d, 0xc7, 0x4a, 0x93]);
const BITS = { text: 0x81, binary: 0x82, pong: 0x8a } as const;

/** Encodes a client's frame. The mask is constant but not zero, as servers skip the unmasking for a zero mask. */
export function maskedFrame(message: string | Uint8Array, kind: keyof typeof BITS = kindOf(message)): Buffer {
  const payload = Buffer.from(message);
  if (payload.length > 65_535) throw new RangeError('The suite sends no message over 64 KiB.');
  const long = payload.length > 125;
  const header = Buffer.alloc(long ? 4 : 2);
  header[0] = BITS[kind];
  header[1] = 0x80 | (long ? 126 : payload.length);
  if (long) header.writeUInt16BE(payload.length, 2);
  for (let i = 0; i < payload.length; i++) payload[i] = (payload[i] as number) ^ (MASK[i & 3] as number);
  return Buffer.concat([header, MASK, payload]);
}

const kindOf = (message: string | Uint8Array): keyof typeof BITS => (typeof message === 'string' ? 'text' : 'binary');
