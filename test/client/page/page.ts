import { createClient } from '../../../libs/client/src/index.js';

/** What the page has seen, for the test to read. */
const seen = {
  events: [] as unknown[],
  latencies: [] as number[],
  resets: [] as string[],
  reasons: [] as string[],
  states: [] as string[],
  ticks: 0,
};

const client = createClient({
  url: '/ws',
  getToken: async ({ reason, signal }) => {
    seen.reasons.push(reason);
    return (await fetch('/token', { signal })).text();
  },
});

client.on('state', ({ state }) => seen.states.push(state.status));
client.subscribe('news', {
  onEvent: ({ data, timestamp }) => {
    seen.events.push(data);
    seen.latencies.push(Date.now() - timestamp);
  },
  onReset: ({ reason }) => seen.resets.push(reason),
});
setInterval(() => {
  seen.ticks += 1;
}, 100);

Object.assign(globalThis, { seen });
