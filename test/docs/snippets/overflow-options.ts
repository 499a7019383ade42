// As in docs/guide, word for word but for the `export`.
import type { SkreaverWsModuleOptions } from '@skreaver/nestjs-ws';

export const overflow: SkreaverWsModuleOptions = {
  channels: {
    'cursor:*': { overflow: 'latest' }, // at the bound, only the newest event is kept
    'log:*': { overflow: 'drop_oldest', history: { size: 1000, ttl: 300_000 } },
    'payment:*': { overflow: 'disconnect', history: { size: 1000, ttl: 300_000 } }, // the default; come back and recover
  },
};
