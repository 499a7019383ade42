export { KeyedLock } from './keyed-lock.js';
export { LockOrderError, type LockClaim } from './lock-order-error.js';
export { type LevelAfter, LockHandle, OrderedLocks } from './ordered-locks.js';
export { WaitQueue, type Waiter } from './wait-queue.js';
