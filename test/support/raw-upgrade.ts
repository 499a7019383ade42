import { connect } from 'node:net';
import { onTestFinished } from 'vitest';

interface RawMessage {
  readonly type: string;
  readonly data: { readonly success?: boolean; readonly code?: string };
}

export interface RawPeer {
  /** The first `count` messages, in order. */
  messages(count: number): Promise<RawMessage[]>;
}

const HEADER_END = '\r\n\r\n';

/** Writes the upgrade request and the messages after it in one packet. */
export async function rawUpgrade(port: number, path: string, messages: readonly string[]): Promise<RawPeer> {
  const socket = connect(port, '127.0.0.1');
  onTestFinished(() => void socket.destroy());
  let bytes = Buffer.alloc(0);
  let wake = (): void => {};
  socket.on('data', (chunk) => {
    bytes = Buffer.concat([bytes, chunk]);
    wake();
  });
  socket.on('error', () => {});
  const head = [
    `GET ${path} HTTP/1.1`,
    `Host: 127.0.0.1:${port}`,
    'Upgrade: websocket',
    'Connection: Upgrade',
    'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
    'Sec-WebSocket-Version: 13',
  ].join('\r\n');
  socket.write(Buffer.concat([Buffer.from(head + HEADER_END), ...messages.map(maskedText)]));
  return {
    async messages(count) {
      for (;;) {
        const read = textFrames(bytes);
        if (read.length >= count) return read.slice(0, count);
        await new Promise<void>((resolve) => (wake = resolve));
      }
    },
  };
}

function maskedText(text: string): Buffer {
  const payload = Buffer.from(text);
  if (payload.length > 125) throw new RangeError('Only short messages.');
  return Buffer.concat([Buffer.from([0x81, 0x80 | payload.length, 0, 0, 0, 0]), payload]);
}

function textFrames(bytes: Buffer): RawMessage[] {
  const read: RawMessage[] = [];
  let at = bytes.indexOf(HEADER_END) + HEADER_END.length;
  if (at < HEADER_END.length) return read;
  while (at + 2 <= bytes.length) {
    const short = (bytes[at + 1] as number) & 0x7f;
    const header = short < 126 ? 2 : 4;
    const length = short < 126 ? short : bytes.readUInt16BE(at + 2);
    if (at + header + length > bytes.length) break;
    const isText = ((bytes[at] as number) & 0x0f) === 1;
    if (isText) read.push(JSON.parse(bytes.toString('utf8', at + header, at + header + length)) as RawMessage);
    at += header + length;
  }
  return read;
}
