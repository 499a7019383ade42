export {
  Backplane,
  type BackplaneNode,
  type HistoryLimits,
  type HistoryPage,
  type HistoryQuery,
  type Member,
  type NewPublication,
  type NodeCommand,
  type PresenceStats,
  type Publication,
  type Receipt,
  type StoredPublication,
} from './backplane.js';
export { type Clock, systemClock } from './clock.js';
export { type IdempotencyOptions, type KeyOwner, MemoryBackplane } from './memory-backplane.js';
