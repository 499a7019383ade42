import { setImmediate as nextTurn } from 'node:timers/promises';
import * as fc from 'fast-check';
import type { EventMessage } from '@skreaver/protocol';
import { describe, expect, it } from 'vitest';
import { NodeId } from '../../src/node/index.js';
import type { AskTarget, PendingAsks } from '../../src/subscription/index.js';
import { PairedBackplanes } from '../contract/paired-backplanes.js';
import { ManualTimerWheel } from '../support/manual-timer-wheel.js';
import { type Client, serviceRig } from '../support/service-rig.js';
import { explorer, interleave } from './explore.js';
import { ScheduledBackplane } from './scheduled-backplane.js';

/** The same object each time: it is checked once. */
const DEFAULTS = {};
/** The clients: whose they are, and on which node. */
const CLIENTS = [
  { user: 'ann', node: 0 },
  { user: 'ann', node: 1 },
  { user: 'bob', node: 1 },
] as const;

const who = fc.nat({ max: CLIENTS.length - 1 });
const from = fc.nat({ max: 1 });
/** Of the questions that a client has got so far, the one meant. */
const which = fc.nat({ max: 4 });
const action = fc.oneof(
  { weight: 3, arbitrary: fc.record({ do: fc.constant('ask user' as const), who, from }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('ask connection' as const), who, from }) },
  { weight: 6, arbitrary: fc.record({ do: fc.constant('ack' as const), who, which, of: who }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('time passes' as const), from }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('close' as const), who }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('second node ends' as const) }) },
);
type Action = typeof action extends fc.Arbitrary<infer A> ? A : never;

interface Question {
  /** The clients that may answer. */
  readonly targets: readonly number[];
  readonly from: number;
  /** What became of it; each outcome once. */
  readonly outcomes: unknown[];
}

/** Two nodes, and everything between them as late as the scheduler pleases. */
async function run(scheduler: fc.Scheduler, actions: readonly Action[]) {
  const cluster = new PairedBackplanes({ travel: async () => {} });
  const members = [cluster.member(), cluster.member()] as const;
  const nodes = members.map((member, at) => {
    const wheel = new ManualTimerWheel();
    const backplane = new ScheduledBackplane(member, scheduler, 0);
    return { ...serviceRig(DEFAULTS, undefined, { wheel, backplane, node: new NodeId(`node${at}`) }), wheel };
  });
  const clients = CLIENTS.map(({ user, node }) => nodes[node]?.connect(user) as Client);
  const questions: Question[] = [];
  const acked = CLIENTS.map(() => new Set<string>());
  const flows: Promise<unknown>[] = [];

  const ask = (at: number, target: AskTarget, targets: readonly number[]): void => {
    const outcomes: unknown[] = [];
    questions.push({ targets, from: at, outcomes });
    const asked = nodes[at]?.asker.ask(target, questions.length, {}).then(
      (data) => outcomes.push(data),
      (error: { code: string }) => outcomes.push(error.code),
    );
    if (asked !== undefined) flows.push(asked);
  };

  await interleave(scheduler, actions, async (step) => {
    if (step.do === 'second node ends') return members[1].kill();
    if (step.do === 'time passes') return nodes[step.from]?.wheel.passTime();
    const client = clients[step.who] as Client;
    const { user } = CLIENTS[step.who] as (typeof CLIENTS)[number];
    if (step.do === 'ask user') ask(step.from, { user }, targetsOf(user));
    else if (step.do === 'ask connection') ask(step.from, client.connection.id, [step.who]);
    else if (step.do === 'close') client.socket.close(1000);
    // Also acks that come twice, late, or from another client.
    else answer(step.who, idsOf(clients[step.of] as Client)[step.which]);
  });

  function answer(at: number, id: string | undefined): void {
    const { node } = CLIENTS[at] as (typeof CLIENTS)[number];
    if (id !== undefined) acked[at]?.add(id);
    nodes[node]?.asks.answer((clients[at] as Client).connection, id ?? 'unknown', `from ${at}`);
  }

  const quiet = async (): Promise<void> => {
    await scheduler.waitIdle();
    await nextTurn();
  };
  const settle = async (): Promise<void> => {
    await quiet();
    await Promise.all(flows);
    await quiet();
  };
  const hasEnded = (): boolean => members[1].hasEnded;
  return { nodes, clients, questions, acked, quiet, settle, hasEnded };
}

const targetsOf = (user: string): number[] => CLIENTS.flatMap((client, at) => (client.user === user ? [at] : []));

const eventsOf = ({ socket }: Client): EventMessage[] =>
  socket.frames.map(({ bytes }) => {
    const text = bytes.toString('utf8');
    return JSON.parse(text.slice(text.indexOf('{'))) as EventMessage;
  });

const idsOf = (client: Client): string[] =>
  eventsOf(client).flatMap(({ correlation_id: id, metadata }) => (metadata.kind === undefined && id ? [id] : []));

const withdrawnFrom = (client: Client): string[] =>
  eventsOf(client).flatMap(({ correlation_id: id, metadata }) => (metadata.kind === 'withdrawn' && id ? [id] : []));

const pendingOf = (asks: PendingAsks): number => (Reflect.get(asks, 'asks') as ReadonlyMap<unknown, unknown>).size;

const holds = explorer(action, run, async ({ nodes }) => {
  for (const { backplane } of nodes) await backplane.detach();
});

describe(
  'questions across nodes, in any interleaving with acks, deadlines, closes and the end of a node',
  {
    timeout: 120_000,
  },
  () => {
    it('are settled once: by one who was asked, by their deadline, or by the end of all who were', async () => {
      await holds(async ({ nodes, clients, questions, settle, hasEnded }) => {
        for (const { wheel } of nodes) wheel.passTime();
        await settle();
        for (const { targets, from: at, outcomes } of questions) {
          expect(outcomes).toHaveLength(1);
          const isGone = (target: number): boolean => clients[target]?.connection.isClosed === true || hasEnded();
          const codes = ['REQUEST_TIMEOUT', ...(hasEnded() && at === 1 ? ['UNAVAILABLE'] : [])];
          if (targets.some(isGone)) codes.push('CONNECTION_CLOSED', 'CONNECTION_NOT_FOUND');
          expect([...targets.map((target) => `from ${target}`), ...codes]).toContain(outcomes[0]);
        }
      });
    });

    it('leave no deadline and no question behind once all connections are closed', async () => {
      await holds(async ({ nodes, clients, quiet }) => {
        for (const { socket } of clients) socket.close(1000);
        await quiet();
        for (const { wheel, asks } of nodes) {
          expect(wheel.size).toBe(0);
          expect(pendingOf(asks)).toBe(0);
        }
      });
    });

    it('are withdrawn once from each client that got them and has not answered, and never from whose answer counts', async () => {
      await holds(async ({ nodes, clients, questions, acked, settle, hasEnded }) => {
        for (const { wheel } of nodes) wheel.passTime();
        await settle();
        for (const [at, client] of clients.entries()) {
          if (client.connection.isClosed || (hasEnded() && CLIENTS[at]?.node === 1)) continue;
          const withdrawn = withdrawnFrom(client);
          expect(new Set(withdrawn).size).toBe(withdrawn.length);
          expect(idsOf(client)).toEqual(expect.arrayContaining(withdrawn));
          expect(withdrawn).toEqual(expect.arrayContaining(idsOf(client).filter((id) => !acked[at]?.has(id))));
          const won = eventsOf(client).filter(({ data }) => questions[Number(data) - 1]?.outcomes[0] === `from ${at}`);
          for (const { correlation_id } of won) expect(withdrawn).not.toContain(correlation_id);
        }
      });
    });

    it('leave no question behind on any node when they are answered or their time is over', async () => {
      await holds(async ({ nodes, settle }) => {
        for (const { wheel } of nodes) wheel.passTime();
        await settle();
        for (const { asks } of nodes) expect(pendingOf(asks)).toBe(0);
      });
    });
  },
);
