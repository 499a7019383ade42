import type { Buffer } from 'node:buffer';
import { writeSync } from 'node:fs';
import { Socket } from 'node:net';
import type { Duplex } from 'node:stream';

/** The state of a stream's writable side. It is live: each member changes in the same turn as its cause. */
export interface WritableState {
  readonly destroyed: boolean;
  /** `end()` was called: nothing more may be written. */
  readonly ending: boolean;
  /** Bytes that the kernel has not taken yet. */
  readonly length: number;
}

/**
 * Private members of Node's streams, looked up once for each connection. The public getters would cost 0.1 µs for each
 * read.
 */
interface Inside {
  readonly _handle?: { readonly fd?: number } | null;
  readonly _writableState?: WritableState;
}

/** Stands for a stream without a descriptor: all bytes go through the stream. */
const NONE = -1;

export function writableStateOf(stream: Duplex): WritableState {
  const { _writableState: state } = stream as Inside;
  return state ?? { destroyed: false, ending: false, length: 0 };
}

/**
 * Returns the descriptor of a stream over plain TCP, whose bytes go to the kernel unchanged. Returns `NONE` over TLS,
 * on Windows, and where a wrapper has replaced `write`.
 */
export function descriptorOf(stream: Duplex): number {
  const isPlain = Object.getPrototypeOf(stream) === Socket.prototype && stream.write === Socket.prototype.write;
  const { _handle: handle, _writableState: state } = stream as Inside;
  return isPlain && state !== undefined ? (handle?.fd ?? NONE) : NONE;
}

/**
 * Offers bytes to the kernel, past the stream. Returns how many bytes the kernel took. The caller must write the others
 * to the stream, which also reports errors. Call only while the stream is open (a closed descriptor may be reused) and
 * its buffer is empty (to keep byte order). `Socket#bytesWritten` does not count these bytes.
 */
export function writeDirectly(descriptor: number, bytes: Buffer): number {
  try {
    return writeSync(descriptor, bytes, 0, bytes.length);
  } catch {
    return 0;
  }
}
