import * as fc from 'fast-check';
import type { Position } from '@skreaver/protocol';
import { describe, expect, it } from 'vitest';
import { stubNode } from '../../../test/support/backplane/stub-node.js';
import { messageOf } from '../../../test/support/frame-message.js';
import { serviceRig } from '../../../test/support/service-rig.js';
import { type BackplaneNode, type HistoryPage, type HistoryQuery, MemoryBackplane } from '../../backplane/index.js';
import type { Publication } from '../../backplane/index.js';

const SCHEDULES = 1000;
const SIZE = 5;
const OPTIONS = {
  broadcastBufferSize: 4,
  channels: { '*': { history: { size: SIZE, ttl: 600_000 } } },
};

/**
 * Backplane whose calls the scheduler completes. It delivers later than it appends, but in order, as a network does.
 */
class ScheduledBackplane extends MemoryBackplane {
  private attached: BackplaneNode | undefined;
  private readonly onTheWay: Publication[] = [];

  constructor(private readonly scheduler: fc.Scheduler) {
    super(64 * 1_048_576);
  }

  override start(node: BackplaneNode): Promise<void> {
    this.attached = node;
    return super.start({
      ...stubNode({}),
      deliver: (publication) => {
        this.onTheWay.push(publication);
        void this.scheduler.schedule(Promise.resolve(), 'arrive').then(() => {
          const first = this.onTheWay.shift();
          return first && node.deliver(first);
        });
        return 0;
      },
      execute: (command) => this.attached?.execute(command) ?? { affected: 0 },
    });
  }

  override async open(channels: readonly string[]): Promise<ReadonlyMap<string, unknown>> {
    await this.scheduler.schedule(Promise.resolve(), 'open');
    const failures = await super.open(channels);
    await this.scheduler.schedule(Promise.resolve(), 'opened');
    return failures;
  }

  override async positions(seen: ReadonlyMap<string, Position | undefined>): Promise<ReadonlyMap<string, Position>> {
    await this.scheduler.schedule(Promise.resolve(), 'read positions');
    const positions = await super.positions(seen);
    await this.scheduler.schedule(Promise.resolve(), 'answer positions');
    return positions;
  }

  override async close(channel: string): Promise<void> {
    await this.scheduler.schedule(Promise.resolve(), 'close');
    await super.close(channel);
    await this.scheduler.schedule(Promise.resolve(), 'closed');
  }

  override async history(channel: string, query: HistoryQuery): Promise<HistoryPage> {
    await this.scheduler.schedule(Promise.resolve(), 'read');
    const page = await super.history(channel, query);
    await this.scheduler.schedule(Promise.resolve(), 'answer');
    return page;
  }
}

/** One subscription of a client, from its response on. */
interface Session {
  readonly start: Position & { readonly recovered: boolean };
  readonly since: Position | undefined;
  readonly got: Position[];
  over: boolean;
}

const step = fc.oneof(
  { weight: 5, arbitrary: fc.record({ do: fc.constant('publish' as const), count: fc.integer({ min: 1, max: 3 }) }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('subscribe' as const), recovers: fc.boolean() }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('unsubscribe' as const) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('cut' as const) }) },
);
type Step = typeof step extends fc.Arbitrary<infer S> ? S : never;
/** Flows of all lengths are equally likely, since only in longer flows a client reconnects and recovers. */
const flow = fc.array(step, { minLength: 1, maxLength: 8, size: 'max' });

/**
 * Runs several clients that subscribe to one channel, leave it, are disconnected and return, while all of them publish
 * to it.
 */
async function run(scheduler: fc.Scheduler, flows: readonly (readonly Step[])[]) {
  const rig = serviceRig(OPTIONS, undefined, { backplane: new ScheduledBackplane(scheduler) });
  const sessions: Session[] = [];
  const published: Position[] = [];

  const live = async (user: string, steps: readonly Step[]): Promise<void> => {
    let client = rig.connect(user);
    let session: Session | undefined;
    let last: Position | undefined;
    const connect = () => {
      client = rig.connect(user);
      const { socket } = client;
      // A position lost for good is told (PROTOCOL §6): what follows is counted from there.
      socket.onSent = (message) => {
        const isNotice = message.type === 'subscribe_response' && message.correlation_id === undefined;
        const start = isNotice ? message.data.positions?.['a'] : undefined;
        if (start === undefined || session === undefined) return;
        end();
        session = { start: { ...start, recovered: false }, since: undefined, got: [], over: false };
        last = start;
        sessions.push(session);
      };
      socket.whenDrained = () => (socket.isOpen ? scheduler.schedule(Promise.resolve(), 'drain') : undefined);
      socket.push = (frame) => {
        if (!socket.isOpen) return false;
        const { metadata } = messageOf(frame) as { metadata: Position };
        last = { epoch: metadata.epoch, offset: metadata.offset };
        session?.got.push(last);
        return true;
      };
    };
    const end = () => {
      if (session !== undefined) session.over = true;
      session = undefined;
    };
    connect();
    for (const each of steps) {
      await scheduler.schedule(Promise.resolve(), `${user} ${each.do}`);
      if (!client.socket.isOpen) {
        end();
        connect();
      }
      if (each.do === 'publish') {
        for (let n = 0; n < each.count; n += 1) {
          const { epoch = '', offset = 0 } = await rig.subscriptions.broadcast('a', n);
          published.push({ epoch, offset });
        }
      } else if (each.do === 'unsubscribe') {
        void rig.subscriptions.unsubscribe(client.connection.id, ['a']);
        end();
      } else if (each.do === 'cut') {
        client.socket.closeAndDestroy(4005);
        end();
        connect();
      } else {
        const since = each.recovers ? last : undefined;
        const request = since === undefined ? 'a' : { channel: 'a', since };
        const known = session;
        await rig.subscribeAs(client, [request], ({ positions }) => {
          const start = positions?.['a'];
          if (start === undefined || known !== undefined) return;
          session = { start, since, got: [], over: false };
          last = start.recovered ? since : start;
          sessions.push(session);
        });
      }
    }
    if (!client.socket.isOpen) end();
    sockets.push(() => !client.socket.isOpen && end());
  };
  const sockets: (() => unknown)[] = [];

  const all = Promise.all(flows.map((steps, at) => live(`user-${at}`, steps)));
  await scheduler.waitIdle();
  await all;
  await scheduler.waitIdle();
  for (const look of sockets) look();
  return { ...rig, sessions, top: published.length };
}

describe('a subscription, however its steps interleave with late publications', () => {
  const holds = (property: (result: Awaited<ReturnType<typeof run>>) => void) =>
    fc.assert(
      fc.asyncProperty(fc.scheduler(), fc.array(flow, { minLength: 1, maxLength: 3 }), async (scheduler, flows) =>
        property(await run(scheduler, flows)),
      ),
      { numRuns: SCHEDULES },
    );

  it('gets every event from its position on, once and in order, as long as it lasts', async () => {
    let recovered = 0;
    await holds(({ sessions, top }) => {
      for (const { start, since, got, over } of sessions) {
        const from = start.recovered ? (since?.offset ?? NaN) : start.offset;
        if (start.recovered) recovered += 1;
        expect(got.map(({ offset }) => offset)).toEqual(got.map((_each, n) => from + n + 1));
        if (!over) expect(from + got.length).toBe(top);
      }
    });
    expect(recovered).toBeGreaterThan(50);
  });

  it('leaves no pending subscription, no lock and no subscriber ahead of the node once all is quiet', async () => {
    await holds(({ index, locks, subscribing, openChannels }) => {
      expect(subscribing.size).toBe(0);
      expect(Reflect.get(Reflect.get(index, 'pending') as object, 'size')).toBe(0);
      expect(index.find('a')?.hasOnlyActive ?? true).toBe(true);
      expect(Reflect.get(Reflect.get(locks, 'locks') as object, 'size')).toBe(0);
      expect(openChannels.isOpen('a')).toBe(index.isUsed('a'));
    });
  });
});
