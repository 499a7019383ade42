import { answerOrders } from '../suite/answer-orders.js';
import { Load } from './load.js';
import type { LoadArgument, LoadOrder, LoadReply } from './load-messages.js';

const load = new Load(JSON.parse(process.argv[2] ?? '') as LoadArgument);

answerOrders<LoadOrder, LoadReply>({
  connect: async ({ plan }) => ({ kind: 'connect', ...(await load.connect(plan)) }),
  begin: ({ measureLatency }) => {
    load.begin(measureLatency);
    return { kind: 'begin' };
  },
  await: async ({ deliveries, timeoutMs }) => ({
    kind: 'await',
    ...(await load.awaitDeliveries(deliveries, timeoutMs)),
  }),
  request: async ({ connections, ms }) => ({ kind: 'request', answers: await load.request(connections, ms) }),
  watch: ({ everyMs }) => {
    load.watch(everyMs);
    return { kind: 'watch' };
  },
  unwatch: () => ({ kind: 'unwatch', latency: load.unwatch() }),
  end: () => ({ kind: 'end', ...load.end() }),
  drop: async () => {
    await load.drop();
    return { kind: 'drop' };
  },
});
