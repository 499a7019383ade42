// As in docs/guide, word for word but for the `export`.
import type { SkreaverWsModuleOptions } from '@skreaver/nestjs-ws';

export const recovery: SkreaverWsModuleOptions = {
  channels: { 'agent:*': { history: { size: 1000, ttl: 300_000 } } }, // of each: the last 1000 events of 5 minutes
};
