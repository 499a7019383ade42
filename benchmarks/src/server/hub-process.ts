import { startHub } from '@skreaver/workers';
import { answerOrders } from '../suite/answer-orders.js';
import type { HubOrder, HubReply } from './hub-messages.js';

const starting = startHub({ path: process.argv[2] ?? '' });
// The order `listen` reports the failure; this only prevents an unhandled rejection.
starting.catch(() => {});

answerOrders<HubOrder, HubReply>({
  listen: async () => {
    await starting;
    return { kind: 'listen' };
  },
  cpu: () => {
    const { user, system } = process.cpuUsage();
    return { kind: 'cpu', cpuMicros: user + system };
  },
});
