import type { RequestMessage, ResponseMessage } from '@skreaver/protocol';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { MethodTable } from '../../src/request/dispatch/method-table.js';
import { RequestDispatcher } from '../../src/request/index.js';
import type { RunningRequests } from '../../src/request/run/running-requests.js';
import { ManualTimerWheel } from '../support/manual-timer-wheel.js';
import { serviceRig } from '../support/service-rig.js';
import { explorer, interleave } from './explore.js';

const IDS = ['r0', 'r1', 'r2'] as const;
const CHUNKS = 3;

/** The same object each time: it is checked once. */
const DEFAULTS = {};

const who = fc.nat({ max: 1 });
const action = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constant('request' as const),
      who,
      id: fc.constantFrom(...IDS),
      method: fc.constantFrom('value', 'fails', 'stream', 'outlives'),
      timeout: fc.constantFrom(undefined, 1000),
    }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('cancel' as const), who, id: fc.constantFrom(...IDS) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('time passes' as const), who }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('close' as const), who }) },
);
type Action = typeof action extends fc.Arbitrary<infer A> ? A : never;

const TERMINAL = new Set(['success', 'error', 'cancelled']);

/** What the methods of one run did. */
interface Works {
  started: number;
  ended: number;
  generators: number;
  closedGenerators: number;
  /** Times that a generator was pulled though its request was over. */
  pulledInVain: number;
  readonly signals: AbortSignal[];
}

function methodsOf(scheduler: fc.Scheduler, works: Works, cancel: RunningRequests['cancel']) {
  type Run = NonNullable<ReturnType<MethodTable['get']>>['run'];
  const step = (label: string): Promise<void> => scheduler.schedule(Promise.resolve(), label);
  const working =
    (work: Run): Run =>
    async (connection, params, running) => {
      works.started += 1;
      works.signals.push(running.signal);
      try {
        return await work(connection, params, running);
      } finally {
        works.ended += 1;
      }
    };
  async function* chunks(running: { readonly isOver: boolean }): AsyncGenerator<number, string> {
    works.generators += 1;
    try {
      for (let at = 0; at < CHUNKS; at += 1) {
        if (running.isOver) works.pulledInVain += 1;
        await step('chunk');
        yield at;
      }
      return 'all';
    } finally {
      works.closedGenerators += 1;
    }
  }
  const runs: Record<string, Run> = {
    value: working(async () => step('value').then(() => 'done')),
    fails: working(async () => step('fails').then(() => Promise.reject(new Error('inside')))),
    outlives: working(async () => step('outlives').then(() => 'done')),
    stream: async (_connection, _params, running) => chunks(running),
    cancel: async (connection, params, own) => ({ cancelled: cancel.call(null, connection, params as string, own) }),
  };
  const get = (name: string): ReturnType<MethodTable['get']> => {
    const method = runs[name];
    return method && { run: method, outlivesConnection: name === 'outlives' };
  };
  return { get } as MethodTable;
}

interface Sent {
  readonly who: number;
  readonly id: string;
  readonly method: string;
}

async function run(scheduler: fc.Scheduler, actions: readonly Action[]) {
  const wheel = new ManualTimerWheel();
  const rig = serviceRig(DEFAULTS, undefined, { wheel });
  const running = rig.requests;
  const works: Works = { started: 0, ended: 0, generators: 0, closedGenerators: 0, pulledInVain: 0, signals: [] };
  const dispatcher = new RequestDispatcher(
    rig.config,
    methodsOf(scheduler, works, running.cancel.bind(running)),
    running,
  );
  const clients = ['ann', 'bob'].map((user) => rig.connect(user));
  for (const { socket } of clients) {
    socket.whenDrained = () => scheduler.schedule(Promise.resolve(), 'drained');
  }
  const sent: Sent[] = [];
  const cancels: { readonly meant: boolean; readonly correlationId: string; readonly who: number }[] = [];
  let serial = 0;

  const answersOf = (at: number, id: string): ResponseMessage[] =>
    (clients[at]?.socket.sent ?? []).filter(
      (message): message is ResponseMessage => message.type === 'response' && message.correlation_id === id,
    );
  const isAnswered = ({ who: at, id }: Sent): boolean =>
    answersOf(at, id).some(({ data }) => TERMINAL.has(data.status));

  const perform = (step: Action): void => {
    const client = clients[step.who];
    if (client === undefined) return;
    if (step.do === 'close') client.socket.close(1000);
    else if (step.do === 'time passes') wheel.passTime();
    else if (step.do === 'request') {
      const id = `${step.id}.${(serial += 1)}`;
      if (client.connection.isClosed) return;
      sent.push({ who: step.who, id, method: step.method });
      const data = { method: step.method, timeout: step.timeout };
      dispatcher.start(client.connection, { type: 'request', data, correlation_id: id } satisfies RequestMessage);
    } else {
      const open = sent.filter((each) => each.who === step.who && each.id.startsWith(`${step.id}.`)).at(-1);
      if (open === undefined || client.connection.isClosed) return;
      const correlationId = `cancel.${(serial += 1)}`;
      cancels.push({ meant: !isAnswered(open), correlationId, who: step.who });
      const data = { method: 'cancel', params: open.id };
      dispatcher.start(client.connection, { type: 'request', data, correlation_id: correlationId });
    }
  };
  await interleave(scheduler, actions, perform);
  return { ...rig, wheel, running, works, clients, sent, cancels, answersOf };
}

const holds = explorer(action, run, ({ backplane }) => backplane.detach());

describe('requests in any interleaving with chunks, deadlines, cancels and closes', { timeout: 120_000 }, () => {
  it('get exactly one terminal response, and none where the connection ended first', async () => {
    await holds(({ sent, clients, answersOf }) => {
      for (const { who: at, id } of sent) {
        const terminal = answersOf(at, id).filter(({ data }) => TERMINAL.has(data.status));
        const isClosed = clients[at]?.connection.isClosed === true;
        expect(terminal.length).toBeLessThanOrEqual(1);
        if (!isClosed) expect(terminal.length).toBe(1);
      }
    });
  });

  it('stream their chunks in sequence from 0, all of them before success, and nothing after the terminal response', async () => {
    await holds(({ sent, answersOf }) => {
      for (const { who: at, id, method } of sent) {
        const answers = answersOf(at, id).map(({ data }) => data);
        const chunks = answers.filter(({ status }) => status === 'pending');
        expect(chunks.map((chunk) => ('sequence' in chunk ? chunk.sequence : -1))).toEqual(chunks.map((_, n) => n));
        const end = answers.findIndex(({ status }) => TERMINAL.has(status));
        if (end >= 0) expect(end).toBe(answers.length - 1);
        if (method === 'stream' && answers.at(-1)?.status === 'success') expect(chunks.length).toBe(CHUNKS);
      }
    });
  });

  it('are reported as cancelled exactly when they were running', async () => {
    await holds(({ cancels, clients, answersOf }) => {
      for (const { meant, correlationId, who: at } of cancels) {
        const [answer] = answersOf(at, correlationId);
        if (clients[at]?.connection.isClosed === true && answer === undefined) continue;
        expect(answer?.data).toEqual({ status: 'success', result: { cancelled: meant } });
      }
    });
  });

  it('have their signal aborted when they end early, and only then', async () => {
    await holds(({ sent, works, answersOf }) => {
      const plain = sent.filter(({ method }) => method !== 'stream');
      expect(works.signals.length).toBe(plain.length);
      for (const [at, { who: client, id, method }] of plain.entries()) {
        const status = answersOf(client, id).at(-1)?.data.status;
        const signal = works.signals[at];
        if (status === 'cancelled') expect(signal?.reason).toMatchObject({ code: 'REQUEST_CANCELLED' });
        if (status === 'success') expect(signal?.aborted).toBe(false);
        if (status === undefined && method !== 'outlives') {
          expect(signal?.reason).toMatchObject({ code: 'CONNECTION_CLOSED' });
        }
      }
    });
  });

  it('pull no value from a generator once they are over', async () => {
    await holds(({ works }) => expect(works.pulledInVain).toBe(0));
  });

  it('leave nothing running, no generator open, no deadline armed and nothing of a closed connection', async () => {
    await holds(({ works, wheel, running, clients }) => {
      expect(works.ended).toBe(works.started);
      expect(works.closedGenerators).toBe(works.generators);
      expect(wheel.size).toBe(0);
      const kept = Reflect.get(running, 'byConnection') as Map<object, { atWork: number; unanswered: Set<unknown> }>;
      for (const { connection } of clients) expect(kept.has(connection) && connection.isClosed).toBe(false);
      for (const { atWork, ...requests } of kept.values()) {
        expect([atWork, requests.unanswered.size]).toEqual([0, 0]);
      }
    });
  });
});
