export type { Held } from './held.js';
export { OrderedLocks } from './ordered-locks.js';
export { WaitingLine } from './waiting-line.js';
