import { setImmediate as turn } from 'node:timers/promises';
import type { ResponseMessage, ServerMessage } from '@skreaver/protocol';
import * as fc from 'fast-check';
import { Observable, type Subscriber, defer, from, isObservable, mergeMap, of } from 'rxjs';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { serviceRig } from '../../../test/support/service-rig.js';
import type { RunningRequest } from '../run/running-request.js';
import { ObservableResponse } from '../streaming/observable-response.js';
import { RequestDispatcher } from './request-dispatcher.js';
import type { RequestMethod, MethodTable } from './method-table.js';

const TIMEOUT_MS = 1000;

type Step = 'chunk' | 'bad chunk' | 'throw' | 'end';

/** A handler that the test drives step by step. */
interface Handler {
  readonly result: (signal: AbortSignal) => unknown;
  readonly step: (step: Step) => void;
  /** True from the start of a stream until it ends or is stopped. */
  isStreaming: boolean;
}

const bad = { toJSON: () => expect.fail('no JSON') };

function promised(): Handler {
  const { promise, resolve, reject } = deferred();
  return {
    isStreaming: false,
    result: () => promise,
    step: (step) => {
      if (step === 'throw') reject(new Error('thrown'));
      else if (step !== 'chunk') resolve(step === 'end' ? 'end' : bad);
    },
  };
}

function generating(): Handler {
  const steps: Step[] = [];
  let wake = (): void => {};
  async function* generate(signal: AbortSignal): AsyncGenerator {
    handler.isStreaming = true;
    signal.addEventListener('abort', () => wake());
    try {
      while (!signal.aborted) {
        const step = steps.shift();
        if (step === 'throw') throw new Error('thrown');
        else if (step === 'end') break;
        else if (step === undefined) await new Promise<void>((resolve) => (wake = resolve));
        else yield step === 'chunk' ? step : bad;
      }
    } finally {
      handler.isStreaming = false;
    }
    return 'end';
  }
  const handler: Handler = {
    isStreaming: false,
    result: (signal) => generate(signal),
    step: (step) => {
      steps.push(step);
      wake();
    },
  };
  return handler;
}

function observing(): Handler {
  const early: Step[] = [];
  let subscriber: Subscriber<unknown> | undefined;
  const handler: Handler = {
    isStreaming: false,
    result: () =>
      new Observable((given) => {
        subscriber = given;
        handler.isStreaming = true;
        for (const step of early) handler.step(step);
        return () => (handler.isStreaming = false);
      }),
    step: (step) => {
      if (subscriber === undefined) early.push(step);
      else if (step === 'throw') subscriber.error(new Error('thrown'));
      else if (step === 'end') subscriber.complete();
      else subscriber.next(step === 'chunk' ? step : bad);
    },
  };
  return handler;
}

const handlers = { promised, generating, observing };

function intercepted(running: RunningRequest, result: () => unknown): ObservableResponse {
  const observed = new ObservableResponse(running);
  const entered = defer(async () => observed.enter(await result())).pipe(
    mergeMap((each) => (isObservable(each) ? from(each) : of(each))),
  );
  observed.results = observed.whole(entered) as Observable<unknown>;
  return observed;
}

const actions = ['chunk', 'bad chunk', 'throw', 'end', 'cancel', 'timeout', 'close', 'stall', 'drain'] as const;
const schedule = fc.array(
  fc.record({
    do: fc.oneof(
      { weight: 6, arbitrary: fc.constant('chunk' as const) },
      { weight: 4, arbitrary: fc.constantFrom(...actions) },
    ),
    then: fc.constantFrom('at once', 'microtask', 'turn'),
  }),
  { maxLength: 14 },
);

type Plan = typeof schedule extends fc.Arbitrary<infer P> ? P : never;

async function run(kind: keyof typeof handlers, isIntercepted: boolean, plan: Plan) {
  const rig = serviceRig({ broadcastBufferSize: 4 });
  const { connection, socket } = rig.connect('alice');
  const handler = handlers[kind]();
  let signal: AbortSignal | undefined;
  const method: RequestMethod = {
    outlivesConnection: false,
    run: async (_connection, _params, running) => {
      signal = running.signal;
      const result = (): unknown => handler.result(running.signal);
      return isIntercepted ? intercepted(running, result) : result();
    },
  };
  const requests = rig.requests;
  const dispatcher = new RequestDispatcher(rig.config, { get: () => method } as unknown as MethodTable, requests);
  const ofConnection = requests.of(connection);
  const own = ofConnection.begin({ type: 'request', data: { method: 'cancel' } }, true);
  dispatcher.start(connection, { type: 'request', data: { method: 'any', timeout: TIMEOUT_MS }, correlation_id: 'r' });
  let drain = (): void => {};
  const act = {
    cancel: () => void requests.cancel(connection, 'r', own),
    timeout: () => void vi.advanceTimersByTime(TIMEOUT_MS + 200),
    close: () => socket.close(1000),
    stall: () => (drain = socket.holdDrain()),
    drain: () => drain(),
  };
  let sentAtClose: number | undefined;
  for (const { do: what, then } of plan) {
    if (what in act) act[what as keyof typeof act]();
    else handler.step(what as Step);
    if (what === 'close') sentAtClose ??= socket.sent.length;
    if (then !== 'at once') await (then === 'turn' ? turn() : Promise.resolve());
  }
  const isOver = sentAtClose !== undefined || socket.sent.some(isTerminal);
  if (!isOver) drain();
  // An ended request stays ended even while the socket stalls; only a plain method still runs.
  if (!isOver || kind === 'promised') handler.step('end');
  // Each turn sends one pushed chunk.
  for (let turns = 0; turns < 12; turns += 1) await turn();
  return { rig, socket, handler, ofConnection, sentAtClose, signal, answers: socket.sent as ResponseMessage[] };
}

describe.each(['promised', 'generating', 'observing'] as const)('a request whose method is %s', (kind) => {
  beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] }));
  afterEach(() => void vi.useRealTimers());

  it.each([false, true])(
    'has exactly one terminal response, and none after the end of its connection, in every schedule (intercepted: %s)',
    async (isIntercepted) => {
      await fc.assert(
        fc.asyncProperty(schedule, async (plan) => {
          const { rig, answers, handler, ofConnection, sentAtClose, signal } = await run(kind, isIntercepted, plan);
          const terminal = answers.filter(isTerminal);
          const sequences = answers.flatMap(({ data }) => (data.status === 'pending' ? [data.sequence] : []));
          expect(sequences).toEqual(sequences.map((_sequence, at) => at));
          expect(terminal.length).toBeLessThanOrEqual(1);
          if (terminal.length === 1) expect(answers.at(-1)).toBe(terminal[0]);
          if (sentAtClose === undefined) expect(terminal).toHaveLength(1);
          else expect(answers.slice(sentAtClose)).toEqual([]);
          if (terminal[0]?.data.status === 'success') {
            expect(signal?.aborted).toBe(false);
            expect(sequences).toHaveLength(kind === 'promised' ? 0 : chunksIn(plan));
          }
          expect(handler.isStreaming).toBe(false);
          expect(ofConnection.atWork).toBe(0);
          expect(rig.wheel.size).toBe(0);
        }),
        { numRuns: 300 },
      );
    },
  );
});

function isTerminal({ data }: ServerMessage): boolean {
  return (data as ResponseMessage['data']).status !== 'pending';
}

/** The number of chunks that a handler emits before it ends. */
function chunksIn(plan: Plan): number {
  const given = plan.map((action) => action.do).filter((what) => ['chunk', 'bad chunk', 'throw', 'end'].includes(what));
  return [...given, 'end'].findIndex((what) => what !== 'chunk');
}

function deferred() {
  let resolve = (_value: unknown): void => {};
  let reject = (_error: unknown): void => {};
  const promise = new Promise((give, refuse) => {
    resolve = give;
    reject = refuse;
  });
  promise.catch(() => {});
  return { promise, resolve, reject };
}
