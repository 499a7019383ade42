import type { ChannelRequest } from '@skreaver/protocol';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AuthHandler } from '../../src/auth/index.js';
import { MemoryBackplane } from '../../src/backplane/index.js';
import type { Frame } from '../../src/transport/index.js';
import { type Client, serviceRig } from '../support/service-rig.js';
import { explorer, interleave } from './explore.js';
import { ScheduledBackplane } from './scheduled-backplane.js';

const USERS = ['ann', 'bob', 'ann'] as const;
const options = { channels: { kept: { history: { size: 100, ttl: 600_000 } } }, broadcastBufferSize: 4 };

/** What a user may do is decided when it is asked, and known when the scheduler says so. */
class GrantingHandler extends AuthHandler {
  readonly forbidden = new Set<string>();

  constructor(private readonly scheduler: fc.Scheduler) {
    super();
  }
  set(userId: string, name: string, isAllowed: boolean): void {
    if (isAllowed) this.forbidden.delete(`${userId} ${name}`);
    else this.forbidden.add(`${userId} ${name}`);
  }
  override authenticate(token: string): string {
    return token;
  }
  override checkPermission(userId: string, channel: string): Promise<boolean> {
    const isAllowed = !this.forbidden.has(`${userId} ${channel}`);
    return this.scheduler.schedule(Promise.resolve(isAllowed), `may ${userId} ${channel}`);
  }
}

const who = fc.nat({ max: USERS.length - 1 });
const user = fc.constantFrom('ann', 'bob');
const channel = fc.constantFrom('kept', 'plain');
const action = fc.oneof(
  { weight: 6, arbitrary: fc.record({ do: fc.constant('subscribe' as const), who, channel, recovers: fc.boolean() }) },
  { weight: 6, arbitrary: fc.record({ do: fc.constant('publish' as const), channel }) },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('revoke' as const),
      user,
      channel: fc.option(channel, { nil: undefined, freq: 3 }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('unsubscribe' as const), who, channel }) },
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constant('subscribeUser' as const), user, channel, recovers: fc.boolean() }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('unsubscribeUser' as const), user, channel }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('rights' as const), user, channel, isAllowed: fc.boolean() }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('renew' as const), who }) },
);
type Action = typeof action extends fc.Arbitrary<infer A> ? A : never;

interface NumberedEvent {
  readonly data: number;
  readonly metadata: { readonly channel: string };
}

/** The payload of a frame without compression (RFC 6455 §5.2), whose length takes one byte or three. */
function eventIn({ bytes }: Frame): NumberedEvent {
  return JSON.parse(bytes.toString('utf8', bytes[1] === 126 ? 4 : 2)) as NumberedEvent;
}

interface Revoked {
  readonly user: string;
  readonly channel: string | undefined;
  readonly calledAt: number;
  readonly resolvedAt: number;
}

/** Three clients of two users, who believe what they are told. */
class World {
  readonly broken = new Set<string>();
  readonly handler: GrantingHandler;
  readonly rig: ReturnType<typeof serviceRig>;
  readonly clients: readonly (Client & { readonly believed: Set<string> })[];
  private readonly memory = new MemoryBackplane(1_000_000);
  private readonly revoked: Revoked[] = [];
  private readonly askedAt = new Map<string, number>();
  private readonly publishedAt: number[] = [];
  private epoch = 'none yet';
  private now = 0;

  constructor(scheduler: fc.Scheduler) {
    this.handler = new GrantingHandler(scheduler);
    const backplane = new ScheduledBackplane(this.memory, scheduler, 1, {
      commanding: (command) => {
        if (command.kind === 'subscribe') this.askedFor(command.userId, command.channels);
      },
    });
    this.rig = serviceRig(options, this.handler, { backplane });
    this.clients = USERS.map((name, at) => this.connect(name, at));
  }

  /** So that a recovery takes several portions. */
  async publishHistory(): Promise<void> {
    for (let count = 0; count < 8; count += 1) {
      const publication = { channel: 'kept', dataJson: '-1', history: options.channels.kept.history };
      this.epoch = (await this.memory.publish(publication)).position?.epoch ?? this.epoch;
    }
  }

  readonly perform = async (step: Action): Promise<void> => {
    this.now += 1;
    if (step.do === 'publish') await this.publish(step.channel);
    else if (step.do === 'revoke') await this.revoke(step.user, step.channel);
    else if (step.do === 'rights') this.handler.set(step.user, step.channel, step.isAllowed);
    else if (step.do === 'renew') await this.renew(step.who);
    else if (step.do === 'subscribeUser') await this.subscribeUser(step.user, step.channel, step.recovers);
    else if (step.do === 'unsubscribeUser') await this.rig.subscriptions.unsubscribeUser(step.user, [step.channel]);
    else if (step.do === 'subscribe') await this.subscribe(step.who, step.channel, step.recovers);
    else this.unsubscribe(step.who, step.channel);
  };

  /** As the gateway does it for an `auth` message. */
  async renew(at: number): Promise<void> {
    const { connection } = this.clients[at] as Client;
    this.rig.table.identify(connection, { userId: USERS[at] as string });
    await this.rig.review.review(connection);
  }

  private connect(name: string, at: number) {
    const client = { ...this.rig.connect(name), believed: new Set<string>() };
    const { socket, believed } = client;
    const push = socket.push.bind(socket);
    socket.push = (frame) => {
      const isTaken = push(frame);
      if (isTaken) this.received(at, eventIn(frame));
      return isTaken;
    };
    const send = socket.send.bind(socket);
    socket.send = (message) => {
      if (message.type === 'unsubscribe_response') for (const each of message.data.unsubscribed) believed.delete(each);
      if (message.type === 'subscribe_response') {
        const { subscribed, failed = [] } = message.data;
        for (const each of subscribed) believed.add(each);
        for (const { channel: each, code } of failed) if (code === 'PERMISSION_DENIED') believed.delete(each);
      }
      send(message);
    };
    return client;
  }

  private async publish(name: string): Promise<void> {
    const number = this.publishedAt.push(this.now) - 1;
    await this.rig.subscriptions.broadcast(name, number);
  }

  private async revoke(name: string, of: string | undefined): Promise<void> {
    const calledAt = this.now;
    await this.rig.subscriptions.revoke(name, of);
    this.now += 1;
    this.revoked.push({ user: name, channel: of, calledAt, resolvedAt: this.now });
  }

  private async subscribe(at: number, name: string, recovers: boolean): Promise<void> {
    const client = this.clients[at] as (typeof this.clients)[number];
    this.askedAt.set(`${at} ${name}`, this.now);
    await this.rig.subscribeAs(client, [this.requestOf(name, recovers)]);
  }

  private async subscribeUser(userId: string, name: string, recovers: boolean): Promise<void> {
    await this.rig.subscriptions.subscribeUser(userId, [this.requestOf(name, recovers)]);
  }

  /** As commands take effect when they arrive, and a revoke may have overtaken this one. */
  private askedFor(userId: string, [request]: readonly ChannelRequest[]): void {
    const name = typeof request === 'object' ? request.channel : request;
    for (const [at, each] of USERS.entries()) if (each === userId) this.askedAt.set(`${at} ${name}`, this.now);
  }

  private requestOf(name: string, recovers: boolean) {
    return recovers ? { channel: name, since: { epoch: this.epoch, offset: 0 } } : name;
  }

  private unsubscribe(at: number, name: string): void {
    const { connection, believed } = this.clients[at] as (typeof this.clients)[number];
    this.rig.subscribing.unsubscribe(connection, [name]);
    believed.delete(name);
  }

  /** Published after a revoke had resolved, an event is only for who has asked again since the revoke was called. */
  private received(at: number, { data, metadata }: NumberedEvent): void {
    const publishedAt = this.publishedAt[data] ?? 0;
    const askedAt = this.askedAt.get(`${at} ${metadata.channel}`) ?? -1;
    for (const { user: name, channel: of, calledAt, resolvedAt } of this.revoked) {
      const isMeant = name === USERS[at] && (of === undefined || of === metadata.channel);
      if (isMeant && publishedAt >= resolvedAt && askedAt < calledAt) this.broken.add('an event passed the barrier');
    }
  }
}

async function run(scheduler: fc.Scheduler, actions: readonly Action[]) {
  const world = new World(scheduler);
  await world.publishHistory();
  await interleave(scheduler, actions, world.perform);
  const settle = async (work: Promise<unknown>): Promise<void> => {
    await scheduler.waitIdle();
    await work;
  };
  return { world, settle };
}

const holds = explorer(action, run);

describe('revoking, in any interleaving with subscribes, recoveries, publications, renewals and rights that change', () => {
  it('delivers nothing to the user that is published after it has resolved', async () => {
    await holds(({ world }) => expect([...world.broken]).toEqual([]));
  });

  it('leaves every client exactly the subscriptions that it was told of', async () => {
    await holds(({ world }) => {
      for (const { connection, believed } of world.clients) {
        expect(world.rig.subscriptions.subscriptionsOf(connection.id).toSorted()).toEqual([...believed].toSorted());
      }
    });
  });

  it('ends every subscription and leaves nothing behind when it comes last and names no channel', async () => {
    await holds(async ({ world, settle }) => {
      const { rig } = world;
      await settle(Promise.all([rig.subscriptions.revoke('ann'), rig.subscriptions.revoke('bob')]));
      expect(rig.subscriptions.channels()).toEqual([]);
      expect(rig.subscribing.size).toBe(0);
      expect(world.clients.map(({ believed }) => believed.size)).toEqual([0, 0, 0]);
    });
  });
});

describe('a renewal', () => {
  it('leaves no subscription that the new token does not allow', async () => {
    await holds(async ({ world, settle }) => {
      await settle(Promise.all(USERS.map((_user, at) => world.renew(at))));
      for (const [at, { connection }] of world.clients.entries()) {
        for (const name of world.rig.subscriptions.subscriptionsOf(connection.id)) {
          expect(world.handler.forbidden).not.toContain(`${USERS[at]} ${name}`);
        }
      }
    });
  });
});
