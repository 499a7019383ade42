import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ManualTimerWheel } from '../support/manual-timer-wheel.js';
import { serviceRig } from '../support/service-rig.js';
import { explorer, interleave } from './explore.js';

/** The same object each time: it is checked once. */
const DEFAULTS = {};

const who = fc.nat({ max: 1 });
/** Of the questions asked so far, the one meant. */
const which = fc.nat({ max: 4 });
const action = fc.oneof(
  { weight: 4, arbitrary: fc.record({ do: fc.constant('ask' as const), who }) },
  { weight: 5, arbitrary: fc.record({ do: fc.constant('ack' as const), who, which }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('time passes' as const), who }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('close' as const), who }) },
);
type Action = typeof action extends fc.Arbitrary<infer A> ? A : never;

interface Question {
  readonly who: number;
  readonly id: string;
  /** What became of it; each outcome once. */
  readonly outcomes: unknown[];
}

async function run(scheduler: fc.Scheduler, actions: readonly Action[]) {
  const wheel = new ManualTimerWheel();
  const rig = serviceRig(DEFAULTS, undefined, { wheel });
  const asks = rig.asks;
  const clients = ['ann', 'bob'].map((user) => rig.connect(user));
  const questions: Question[] = [];

  const ask = async (at: number): Promise<void> => {
    const client = clients[at];
    if (client === undefined) return;
    const outcomes: unknown[] = [];
    const asked = asks.ask([client.connection], 1000, (_connection, id) => questions.push({ who: at, id, outcomes }));
    await asked.then(
      (data) => outcomes.push(data),
      (error: { code: string }) => outcomes.push(error.code),
    );
  };

  const flows: Promise<void>[] = [];
  await interleave(scheduler, actions, (step) => {
    const client = clients[step.who];
    if (client === undefined) return;
    if (step.do === 'ask') flows.push(ask(step.who));
    else if (step.do === 'time passes') wheel.passTime();
    else if (step.do === 'close') client.socket.close(1000);
    // Also acks that come twice, late, or from the other client.
    else asks.answer(client.connection, questions[step.which]?.id ?? 'unknown', `from ${step.who}`);
  });
  return { ...rig, wheel, asks, clients, questions, flows };
}

const holds = explorer(action, run, ({ backplane }) => backplane.detach());

describe('questions in any interleaving with acks, deadlines and closes', { timeout: 120_000 }, () => {
  it('are settled once: by their own client, by their deadline, or by the end of the connection', async () => {
    await holds(async ({ clients, wheel, questions, flows }) => {
      wheel.passTime();
      await Promise.all(flows);
      for (const { who: at, outcomes } of questions) {
        expect(outcomes).toHaveLength(1);
        expect([`from ${at}`, 'REQUEST_TIMEOUT', 'CONNECTION_CLOSED']).toContain(outcomes[0]);
        if (outcomes[0] === 'CONNECTION_CLOSED') expect(clients[at]?.connection.isClosed).toBe(true);
      }
    });
  });

  it('leave no deadline and no question behind once all connections are closed', async () => {
    await holds(async ({ clients, wheel, asks, flows }) => {
      for (const { socket } of clients) socket.close(1000);
      expect(wheel.size).toBe(0);
      expect(Reflect.get(asks, 'asks')).toEqual(new Map());
      await Promise.all(flows);
    });
  });
});
