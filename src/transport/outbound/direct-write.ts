import type { Buffer } from 'node:buffer';
import { writeSync } from 'node:fs';
import { Socket } from 'node:net';
import type { Duplex } from 'node:stream';

/** The state of a stream's writable side. Each member changes in the same turn as its cause. */
export interface WritableState {
  readonly destroyed: boolean;
  /** `end()` was called: nothing more may be written. */
  readonly ending: boolean;
  /** Bytes that the kernel has not taken. */
  readonly length: number;
}

/** Where Node keeps both, read here once for each connection: through the socket's own getters each read costs 0.1 µs. */
interface Inside {
  readonly _handle?: { readonly fd?: number } | null;
  readonly _writableState?: WritableState;
}

/** No descriptor: everything goes through the stream. */
const NONE = -1;

export function writableStateOf(stream: Duplex): WritableState {
  const { _writableState: state } = stream as Inside;
  return state ?? { destroyed: false, ending: false, length: 0 };
}

/**
 * The descriptor of a stream over plain TCP, where what is written goes to the kernel as it is; not over TLS, not where
 * somebody has put himself in between, not on Windows.
 */
export function descriptorOf(stream: Duplex): number {
  const isPlain = Object.getPrototypeOf(stream) === Socket.prototype && stream.write === Socket.prototype.write;
  const { _handle: handle, _writableState: state } = stream as Inside;
  return isPlain && state !== undefined ? (handle?.fd ?? NONE) : NONE;
}

/**
 * Offers bytes to the kernel, past the layers of the stream. Returns how many it took: the rest, perhaps all, is for the
 * stream, which also learns of errors. Only while the stream is not destroyed, as the descriptor is another's from then on,
 * and holds nothing back, as that comes first. `Socket#bytesWritten` does not count it.
 */
export function writeDirectly(descriptor: number, bytes: Buffer): number {
  try {
    return writeSync(descriptor, bytes, 0, bytes.length);
  } catch {
    return 0;
  }
}
