export { KeyedLock } from './keyed-lock.js';
export type { Held } from './held.js';
export { LockOrderError, type LockClaim } from './lock-order-error.js';
export { OrderedLocks } from './ordered-locks.js';
