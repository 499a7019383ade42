import {
  useChannel,
  useClient,
  usePresence,
  useRequest,
  useStream,
  useSubscription,
} from '../../libs/react/src/index.js';

declare module '../../libs/react/src/index.js' {
  interface Register {
    contract: {
      channels: { 'agent:*': { event: { status: 'idle' | 'running' } }; news: { event: string } };
      requests: {
        'agent.pause': { params: { id: number }; result: boolean };
        'report.write': { params: { topic: string }; chunk: string; result: { words: number } };
      };
    };
  }
}

export async function useTyped(): Promise<unknown> {
  useSubscription('news', ({ data }) => data.trim(), { onReset: ({ reason }) => reason === 'new' });
  const { data } = useChannel('agent:7', { initial: 0, reduce: (n, event) => n + event.data.status.length });
  const { data: texts } = useChannel('news', {
    initial: [] as readonly string[],
    reduce: (all, event) => [...all, event.data],
    load: () => Promise.resolve({ state: ['a'] }),
  });
  const { run } = useRequest('agent.pause');
  const { chunks, result, start } = useStream('report.write');
  start({ topic: 'x' });
  const paused: boolean = await run({ id: 7 });
  const { publish } = useClient();
  await publish('news', 'hello');
  return [data.toFixed(), texts.join(), chunks.join(), result?.words, paused, usePresence(null).members];
}

export async function useWrong(): Promise<void> {
  useSubscription('agents:7', () => {}); // must not compile: TS2345
  useSubscription('news', ({ data }) => data.toFixed()); // must not compile: TS2551
  useChannel('news', { initial: 0, reduce: (n, { data }) => n + data.toFixed() }); // must not compile: TS2551
  useChannel('news', { initial: 0, reduce: (n) => n, load: () => Promise.resolve({ state: 'x' }) }); // must not compile: TS2322
  usePresence('agents'); // must not compile: TS2345
  useRequest('agent.paws'); // must not compile: TS2345
  await useRequest('agent.pause').run({ id: '7' }); // must not compile: TS2322
  useStream('report.write').start({ topic: 7 }); // must not compile: TS2322
  const { publish } = useClient();
  await publish('news', 1); // must not compile: TS2345
}
