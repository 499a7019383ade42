import { setImmediate as nextTurn } from 'node:timers/promises';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { HookKind } from '../../src/hooks/hook-events.js';
import type { HookMethods } from '../../src/hooks/hook-methods.js';
import { serviceRig } from '../support/service-rig.js';
import { explorer, interleave } from './explore.js';

/** The same object each time: it is checked once. */
const DEFAULTS = {};

const who = fc.nat({ max: 1 });
const channel = fc.constantFrom('a', 'b');
const action = fc.oneof(
  { weight: 5, arbitrary: fc.record({ do: fc.constant('subscribe' as const), who, channel }) },
  { weight: 5, arbitrary: fc.record({ do: fc.constant('unsubscribe' as const), who, channel }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('close' as const), who, channel }) },
);
type Action = typeof action extends fc.Arbitrary<infer A> ? A : never;

/** What the hooks of one connection did, in order. */
interface Line {
  readonly step: 'begin' | 'end';
  readonly kind: HookKind;
  readonly channel: string | undefined;
  readonly user: string;
}

/** Hooks that take as long as the scheduler wants; every third one throws. */
function slowHooks(scheduler: fc.Scheduler, lines: Map<string, Line[]>): Pick<HookMethods, 'of'> {
  let calls = 0;
  const call = (kind: HookKind) => async (event: { connection: { id: string }; identity: { userId: string } }) => {
    const log = lines.get(event.connection.id) ?? [];
    lines.set(event.connection.id, log);
    const line = { kind, channel: (event as { channel?: string }).channel, user: event.identity.userId };
    log.push({ step: 'begin', ...line });
    await scheduler.schedule(Promise.resolve(), kind);
    log.push({ step: 'end', ...line });
    calls += 1;
    if (calls % 3 === 0) throw new Error('a hook of the application');
  };
  return { of: (kind: HookKind) => [{ name: `Slow.${kind}`, call: call(kind) }] };
}

async function run(scheduler: fc.Scheduler, actions: readonly Action[]) {
  const lines = new Map<string, Line[]>();
  const rig = serviceRig(DEFAULTS, undefined, { hooks: slowHooks(scheduler, lines) });
  const clients = ['ann', 'bob'].map((user) => rig.connect(user));
  const flows: Promise<unknown>[] = [];
  await interleave(scheduler, actions, (step) => {
    const client = clients[step.who];
    if (client === undefined || client.connection.isClosed) return;
    const { id } = client.connection;
    if (step.do === 'subscribe') flows.push(rig.subscriptions.subscribe(id, [step.channel]));
    else if (step.do === 'unsubscribe') void rig.subscriptions.unsubscribe(id, [step.channel]);
    else client.socket.close(1000);
  });
  await Promise.all(flows);
  for (const { socket } of clients) socket.close(1000);
  while (rig.hooks.size > 0) {
    await nextTurn();
    await scheduler.waitIdle();
  }
  return { ...rig, clients, logs: clients.map(({ connection }) => lines.get(connection.id) ?? []) };
}

const holds = explorer(action, run, ({ backplane }) => backplane.detach());

/** Runs of subscribes, unsubscribes and closes against hooks of any duration. */
describe('the hooks of a connection', { timeout: 120_000 }, () => {
  it('run one after the other: each ends before the next one begins', async () => {
    await holds(({ logs }) => {
      for (const log of logs) {
        for (const [at, { step, kind, channel: of }] of log.entries()) {
          if (at % 2 === 0) expect(step).toBe('begin');
          else expect([step, kind, of]).toEqual(['end', log[at - 1]?.kind, log[at - 1]?.channel]);
        }
      }
    });
  });

  it('begin with the connect and end with the disconnect, and know the user to the end', async () => {
    await holds(({ logs }) => {
      for (const [at, log] of logs.entries()) {
        const kinds = log.filter(({ step }) => step === 'begin').map(({ kind }) => kind);
        expect([kinds[0], kinds.at(-1)]).toEqual(['connect', 'disconnect']);
        expect(kinds.filter((kind) => kind === 'connect' || kind === 'disconnect')).toHaveLength(2);
        expect(new Set(log.map(({ user }) => user))).toEqual(new Set([['ann', 'bob'][at]]));
      }
    });
  });

  it('alternate in each channel between subscribe and unsubscribe, and leave nothing behind', async () => {
    await holds(({ logs, hooks }) => {
      for (const name of ['a', 'b']) {
        for (const log of logs) {
          const kinds = log.filter(({ step, channel: of }) => step === 'begin' && of === name).map(({ kind }) => kind);
          expect(kinds).toEqual(kinds.map((_, at) => (at % 2 === 0 ? 'subscribe' : 'unsubscribe')));
          expect(kinds.length % 2).toBe(0);
        }
      }
      expect(hooks.size).toBe(0);
    });
  });
});
