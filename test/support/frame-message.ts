import type { EventMessage } from '@skreaver/protocol';
import type { Frame } from '../../src/transport/index.js';
import type { FakeSocket } from './fake-socket.js';

/** The message of a frame in JSON, which stands behind its header. */
export function messageOf(frame: Frame | undefined): unknown {
  const text = frame?.bytes.toString('utf8') ?? '';
  return JSON.parse(text.slice(text.indexOf('{')));
}

/** The offsets of the events that a socket was given. */
export function offsetsOf({ frames }: FakeSocket): (number | undefined)[] {
  return frames.map((frame) => (messageOf(frame) as EventMessage).metadata.offset);
}
