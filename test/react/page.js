import { createClient } from '@skreaver/client';
import {
  SkreaverProvider,
  useChannel,
  useConnection,
  usePresence,
  useQuestions,
  useRequest,
  useStream,
  useSubscription,
} from '@skreaver/react';
import { StrictMode, createElement as h, version } from 'react';
import { createRoot, hydrateRoot } from 'react-dom/client';
import { Everything } from './everything.js';

const client = createClient({ url: '/ws', token: 'alice' });

/** What the page has done, for the test to read. */
const done = { frames: [], renders: [], recovered: [], listeners: 0, subscriptions: [] };

client.on('frame', ({ direction, text }) => done.frames.push([direction, JSON.parse(text)]));

/** Counts what the hooks take from the client, and give back. */
const counted = {
  ...client,
  get state() {
    return client.state;
  },
  on: (...given) => counting(client.on(...given)),
  answer: (...given) => counting(client.answer(...given)),
  subscribe: (...given) => {
    const subscription = client.subscribe(...given);
    done.subscriptions.push(subscription);
    return subscription;
  },
};

function counting(end) {
  done.listeners += 1;
  return () => {
    done.listeners -= 1;
    end();
  };
}

const nextTask = () => new Promise((resolve) => setTimeout(resolve));

const onRecoverableError = (error) => done.recovered.push(String(error));
const app = document.querySelector('#app');
const inside = (child) => h(SkreaverProvider, { client: counted }, child);
let root;

const parts = {
  Listener: () => h('i', {}, useSubscription('news', () => {}).status),
  Reader() {
    const { data, state } = useChannel('news', { initial: 0, reduce: (n) => n + 1 });
    return h('b', {}, `${state.status} ${data}`);
  },
  Flood({ coalesce }) {
    const { data, state } = useChannel('news', { initial: 0, reduce: (n) => n + 1, coalesce });
    done.renders.push(performance.now());
    return h('p', {}, `${state.status} ${data}`);
  },
  Members: () => h('p', {}, JSON.stringify(usePresence('news').members.map(({ userId }) => userId))),
  Request({ method }) {
    const { run, data, isPending } = useRequest(method);
    return [
      h('p', { key: 'p' }, JSON.stringify({ data, isPending })),
      h('button', { key: 'b', onClick: () => run({ n: 21 }) }, 'Run'),
    ];
  },
  Stream() {
    const { start, cancel, status, chunks, text, result } = useStream('write');
    // The buttons first: they would move as the text grows.
    return [
      h('button', { key: 'b', onClick: () => start({ words: 5 }) }, 'Start'),
      h('button', { key: 'e', onClick: () => start({ words: 1e9 }) }, 'Start endless'),
      h('button', { key: 'c', onClick: cancel }, 'Cancel'),
      h('p', { key: 'p' }, JSON.stringify({ status, chunks: chunks.length, text, result })),
    ];
  },
  Questions() {
    const { questions, answer } = useQuestions();
    return questions.map(({ id, data }) =>
      h('button', { key: id, onClick: () => answer(id, { approved: data }) }, `Approve ${String(data)}`),
    );
  },
  Status: () => h('p', {}, useConnection().status),
  Everything,
};

globalThis.page = {
  version,
  done,
  client,
  mount(name, { count = 1, strict = true, ...props } = {}) {
    root = createRoot(app);
    const children = Array.from({ length: count }, (_, key) => h(parts[name], { ...props, key }));
    root.render(strict ? h(StrictMode, {}, inside(children)) : inside(children));
  },
  hydrate() {
    root = hydrateRoot(app, inside(h(Everything)), { onRecoverableError });
  },
  unmount: () => root.unmount(),
  /** Mounts and unmounts a component that uses every hook: every fourth once its effects have run, others perhaps before. */
  async churn(times) {
    for (let n = 0; n < times; n += 1) {
      const own = createRoot(app);
      own.render(inside(h(Everything)));
      const before = done.subscriptions.length;
      await nextTask();
      if (n % 4 === 0) while (done.subscriptions.length === before) await nextTask();
      own.unmount();
    }
  },
  open: () => done.subscriptions.filter(({ state }) => state.status !== 'closed').length,
};
