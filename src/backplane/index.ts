export {
  Backplane,
  type BackplaneNode,
  type EventContent,
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
export { MemoryBackplane } from './memory-backplane.js';
export { memoryBackplaneProvider } from './backplane.providers.js';
