export { ClusterNode } from './cluster-node.js';
export type { Delivery } from './delivery.js';
export { DirectEvents } from './direct-events.js';
export { FanOut } from './fan-out.js';
export { HistoryReader, type ChannelHistory, type HistoryRange, type PastEvent } from './history-reader.js';
export { OpenChannels } from './open-channels.js';
export { Publisher, type ChannelEvent, type PublishOptions } from './publisher.js';
export { type Missed, Recoveries } from './recoveries.js';
export type { Replay } from './replay.js';
