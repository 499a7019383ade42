export { LoopTurns } from './loop-turns.js';
export { RETRY_AFTER_MS } from './retry-after.js';
export { Timer, TimerWheel } from './timer-wheel.js';
export { TimeoutError, isPromiseLike, withTimeout } from './with-timeout.js';
export { timerProviders } from './timers.providers.js';
