export { Connection, type ConnectionState, type Session } from './connection.js';
export type { ConnectionPermit } from './connection-limiter.js';
export { type ConnectionObserver, ConnectionRegistry, type ConnectionStats } from './connection-registry.js';
export type { Identity } from './identity.js';
export { Multimap } from './multimap.js';
export { wireStats } from './wire-stats.js';
export { WsError } from './ws-error.js';
