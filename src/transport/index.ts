export { addressKey } from './client-address.js';
export { Deadline, DeadlineWheel } from './deadline-wheel.js';
export { Flusher } from './flusher.js';
export { Frame, type Lane } from './frame.js';
export type { Handshake } from './handshake.js';
export type { Refusal } from './refusal.js';
export { SKREAVER_GATEWAY, SkreaverWsAdapter } from './skreaver-ws.adapter.js';
export { type Admission, type Client, type Socket, SocketHost } from './socket-host.js';
export { UpgradeGate } from './upgrade-gate.js';
