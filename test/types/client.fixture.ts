import { type Client, type Contract, createClient } from '../../libs/client/src/index.js';

interface Agents extends Contract {
  readonly channels: {
    'agent:*': { event: { status: 'idle' | 'running' } };
    'agent:all': { event: number };
    news: { event: string };
  };
  readonly requests: {
    'agent.pause': { params: { id: number }; result: boolean };
    'report.write': { params: { topic: string }; chunk: string; result: { words: number } };
  };
}

const client: Client<Agents> = createClient<Agents>({ url: '/ws' });

export async function typed(): Promise<unknown> {
  client.subscribe('agent:7', { onEvent: ({ data }) => data.status === 'idle' });
  client.subscribe('agent:all', { onEvent: ({ data }) => data.toFixed() });
  const paused: boolean = await client.request('agent.pause', { id: 7 });
  const stream = client.stream('report.write', { topic: 'x' });
  for await (const chunk of stream) chunk.trim();
  const { words } = await stream.result;
  await client.publish('news', 'hello');
  const page = await client.history('news');
  return [paused, words, page.events.map(({ data }) => data.trim())];
}

export async function untyped(): Promise<unknown> {
  const any = createClient({ url: () => Promise.resolve('/ws'), token: 't' });
  any.subscribe('whatever', { onEvent: ({ data }) => void (data as string) });
  return any.request('anything', [1, 2]);
}

const whenReady = <C extends Contract>(one: Client<C>): Promise<void> => one.ready();
const isConnected = ({ state }: Pick<Client, 'state'>): boolean => state.status === 'connected';
const readNews = (one: Pick<Client<{ channels: { news: { event: string } } }>, 'history'>) => one.history('news');
const pause = (one: Client<Agents>) => one.request('agent.pause', { id: 7 });

export async function passedOn(): Promise<unknown> {
  const any = createClient({ url: '/ws' });
  await whenReady(client);
  await whenReady(any);
  await pause(createClient({ url: '/ws' })); // takes the contract from where it goes
  return [isConnected(client), isConnected(any), readNews(client)];
}

export async function wrong(): Promise<void> {
  client.subscribe('agents:7'); // must not compile: TS2345
  client.subscribe('agent:7', { onEvent: ({ data }) => data.toFixed() }); // must not compile: TS2339
  await client.request('agent.paws', { id: 7 }); // must not compile: TS2345
  await client.request('agent.pause', { id: '7' }); // must not compile: TS2322
  await client.publish('news', 1); // must not compile: TS2345
  await client.publish('agent:7', { status: 'gone' }); // must not compile: TS2322
  const words: string = await client.request('report.write', { topic: 'x' }); // must not compile: TS2322
  for await (const chunk of client.stream('report.write')) chunk.toFixed(); // must not compile: TS2551
  client.on('states', () => {}); // must not compile: TS2345
  createClient({ url: 7 }); // must not compile: TS2322
  createClient({ url: '/ws', getToken: () => 7 }); // must not compile: TS2322
  const any = createClient({ url: '/ws' });
  const guessed: number = await any.request('anything'); // must not compile: TS2322
  await pause(any); // must not compile: TS2345
  void [words, guessed];
}
