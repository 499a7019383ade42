export { httpLogOptions } from './http-log-options.js';
export { ServerLogger } from './server-logger.js';
