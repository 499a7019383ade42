import type { SkreaverWsModuleOptions } from '@skreaver/nestjs-ws';

export const rules: SkreaverWsModuleOptions = {
  channels: {
    'agent:7': { presence: true },
    'agent:*': { history: { size: 100, ttl: 60_000 } },
    '*': { clientPublish: true },
  },
};
