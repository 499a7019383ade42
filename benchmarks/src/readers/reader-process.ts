import { WebSocket } from 'ws';
import { UsageMeter } from '../server/usage-meter.js';
import { tokenOf } from '../server/token.js';
import { answerOrders } from '../suite/answer-orders.js';
import { EventCount } from './event-count.js';
import { openReader } from './open-reader.js';
import type { ReaderArgument, ReaderOrder, ReaderReply } from './reader-messages.js';

const { peer, port } = JSON.parse(process.argv[2] ?? '') as ReaderArgument;
const count = new EventCount();
let closed = 0;
const loadPlain = async () => (await import('./plain-reader.js')).openPlainReader;
let meter: UsageMeter | undefined;

answerOrders<ReaderOrder, ReaderReply>({
  connect: async ({ channel }) => {
    const callbacks = { onEvent: count.take, onClosed: () => void (closed += 1) };
    await openReader(peer, { port, token: tokenOf('reader'), channel, WebSocket, ...callbacks }, loadPlain);
    return { kind: 'connect' };
  },
  begin: () => {
    count.reset();
    meter = new UsageMeter(false);
    return { kind: 'begin' };
  },
  await: async ({ events, timeoutMs }) => ({ kind: 'await', isComplete: await count.reaches(events, timeoutMs) }),
  end: () => {
    if (meter === undefined) throw new Error('There is no end without a begin.');
    return { kind: 'end', ...meter.read(), events: count.events, closed };
  },
});
