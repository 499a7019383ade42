export { LoopTurns } from './loop-turns.js';
export { Deadline, DeadlineWheel } from './timer-wheel.js';
export { OverdueError, isAwaitable, within } from './with-timeout.js';
