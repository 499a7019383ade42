import { answerOrders } from '../children/answer-orders.js';
import { Load } from './load.js';
import type { LoadArgument, LoadOrder, LoadReply } from './load-messages.js';

const load = new Load(JSON.parse(process.argv[2] ?? '') as LoadArgument);

answerOrders<LoadOrder, LoadReply>(async (order) => {
  switch (order.kind) {
    case 'connect':
      return { kind: 'connect', ms: await load.connect(order.plan) };
    case 'begin':
      load.begin(order.measureLatency);
      return { kind: 'begin' };
    case 'await':
      return { kind: 'await', ...(await load.awaitDeliveries(order.deliveries, order.timeoutMs)) };
    case 'request':
      return { kind: 'request', ...(await load.request(order.connections, order.ms)) };
    case 'end':
      return { kind: 'end', ...load.end() };
    case 'drop':
      await load.drop();
      return { kind: 'drop' };
  }
});
