export { httpLogOptions } from './http-log-options.js';
export type { LogDestination } from './log-destination.js';
export { LogFlush } from './log-flush.js';
export { LostLines } from './lost-lines.js';
export { primaryLogger } from './primary-logger.js';
export { ServerLogger } from './server-logger.js';
export { stdoutDestination } from './stdout-destination.js';
