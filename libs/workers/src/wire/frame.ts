/*
 * A frame: its length in four bytes, which do not count; its kind in one; in four, the number of the request that it belongs
 * to; its body.
 */

export const LENGTH_BYTES = 4;
export const HEAD_BYTES = 5;
/** More than the largest event, with room for its names. A longer frame is none. */
export const MAX_FRAME_BYTES = 32 * 1024 * 1024;

/** Both sides have to speak the same version: they are processes of one server on one machine. */
export const VERSION = 1;

/** What a worker sends. Each but the last five is answered with a `reply`. */
export const ToHub = {
  hello: 1,
  ping: 2,
  open: 3,
  close: 4,
  publish: 5,
  history: 6,
  positions: 7,
  clearHistory: 8,
  acknowledge: 9,
  acknowledged: 10,
  present: 11,
  members: 12,
  presenceStats: 13,
  dispatch: 14,
  ask: 15,
  detach: 16,
  /** The question that this worker asked. */
  withdraw: 17,
  /** What became of a command: begun, and done. */
  begun: 18,
  done: 19,
  /** What became of a question. */
  outcome: 20,
} as const;

/** What the hub sends. */
export const ToWorker = {
  reply: 1,
  /** A part of a reply, before it. */
  item: 2,
  /** An event of an open channel; the number is that of the request that published it, if this worker did. */
  event: 3,
  /** The history of an open channel was cleared. */
  cleared: 4,
  command: 5,
  question: 6,
  withdrawn: 7,
} as const;

export type ToHubKind = (typeof ToHub)[keyof typeof ToHub];
