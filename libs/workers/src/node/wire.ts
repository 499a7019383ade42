import { connect } from 'node:net';
import { FrameSocket, type FrameSocketListener } from '../wire/frame-socket.js';
import type { ByteWriter } from '../wire/byte-writer.js';

/** What waits for a hub that does not read; the link falls before that. */
const MAX_BUFFERED_BYTES = 64 * 1024 * 1024;

/** One connection to the hub. It never reconnects. */
export interface Wire {
  /** @returns the bytes that are sent; 0 if they are too many */
  send(kind: number, id: number, write?: (out: ByteWriter) => void): number;
  destroy(): void;
}

export type WireFactory = (listener: FrameSocketListener) => Wire;

/** Connections over a Unix socket. */
export const socketWires =
  (path: string): WireFactory =>
  (listener) => {
    const socket = new FrameSocket(connect(path), MAX_BUFFERED_BYTES, listener);
    return {
      send: (kind, id, write) => socket.send(kind, id, write),
      destroy: () => socket.destroy('The link was given up.'),
    };
  };
