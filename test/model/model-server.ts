import type { Position } from '@skreaver/protocol';

/** The rules by which the model and the server under test play. */
export const LIMITS = { maxSubscriptionsPerConnection: 3, maxSubscribersPerChannel: 2 } as const;
export const HISTORY_SIZE = 4;
const KEEPS_HISTORY: boolean = false;
const MAX_AUTH_FAILURES = 3;

/** Stands for a channel's only epoch: its name is the server's business. */
export const EPOCH = 'the epoch';

/** An event as a client must get it. */
export interface ModelEvent {
  readonly data: unknown;
  readonly channel?: string;
  readonly position?: Position;
}

export interface SubscribeOutcome {
  readonly subscribed: readonly string[];
  /** Codes by channel. */
  readonly failed: Readonly<Record<string, string>>;
  readonly positions: Readonly<Record<string, Position & { readonly recovered: boolean }>>;
}

export type PublishOutcome = { readonly delivered: number; readonly position?: Position } | { readonly error: string };

export interface ModelClient {
  user: string | undefined;
  authFailures: number;
  readonly channels: Set<string>;
  /** What it must have got since it was last looked at. */
  inbox: ModelEvent[];
}

interface ModelChannel {
  top: number;
  kept: { readonly offset: number; readonly data: unknown }[];
}

/** What a server does, told as plainly as possible: no sockets, no time, one step after the other. */
export class ModelServer {
  /** By the slot of the test's client. */
  readonly clients = new Map<number, ModelClient>();
  private readonly channels = new Map<string, ModelChannel>();

  connect(slot: number, user: string | undefined): void {
    this.clients.set(slot, { user, authFailures: 0, channels: new Set(), inbox: [] });
  }

  disconnect(slot: number): void {
    this.clients.delete(slot);
  }

  client(slot: number): ModelClient {
    const client = this.clients.get(slot);
    if (client === undefined) throw new Error(`The model has no client ${slot}.`);
    return client;
  }

  subscribersOf(channel: string): ModelClient[] {
    return [...this.clients.values()].filter(({ channels }) => channels.has(channel));
  }

  /** `undefined` for `user` is a token that nobody has. */
  authenticate(slot: number, user: string | undefined): 'accepted' | 'refused' | 'closed' {
    const client = this.client(slot);
    if (user !== undefined && (client.user === undefined || client.user === user)) {
      client.user = user;
      client.authFailures = 0;
      return 'accepted';
    }
    client.authFailures += 1;
    if (client.authFailures < MAX_AUTH_FAILURES) return 'refused';
    this.disconnect(slot);
    return 'closed';
  }

  subscribe(slot: number, requests: readonly { channel: string; since?: Position | undefined }[]): SubscribeOutcome {
    const client = this.client(slot);
    const wishes = new Map(requests.map((request) => [request.channel, request]));
    const room = LIMITS.maxSubscriptionsPerConnection - client.channels.size;
    const isNew = [...wishes.keys()].filter((channel) => isName(channel) && !client.channels.has(channel));
    const overLimit = new Set(isNew.slice(Math.max(0, room)));
    const subscribed: string[] = [];
    const failed: Record<string, string> = {};
    const positions: Record<string, Position & { recovered: boolean }> = {};
    for (const { channel, since } of wishes.values()) {
      const code = this.refusalOf(client, channel, overLimit);
      if (code !== undefined) {
        failed[channel] = code;
        if (code === 'PERMISSION_DENIED') client.channels.delete(channel);
        continue;
      }
      subscribed.push(channel);
      if (keepsHistory(channel)) positions[channel] = this.begin(client, channel, since);
      client.channels.add(channel);
    }
    return { subscribed, failed, positions };
  }

  unsubscribe(slot: number, channels: readonly string[]): readonly string[] {
    for (const channel of channels) this.client(slot).channels.delete(channel);
    return [...new Set(channels)].filter(isName);
  }

  /** What the application publishes. */
  broadcast(channel: string, data: unknown): PublishOutcome {
    const position = this.append(channel, data);
    const subscribers = this.subscribersOf(channel);
    const event = position === undefined ? { data, channel } : { data, channel, position };
    for (const { inbox } of subscribers) inbox.push(event);
    return position === undefined ? { delivered: subscribers.length } : { delivered: subscribers.length, position };
  }

  /** What a client publishes. */
  publish(slot: number, channel: string, data: unknown): PublishOutcome {
    if (!isName(channel)) return { error: 'INVALID_CHANNEL' };
    const mayPublish = !channel.startsWith('house-') && isAllowed(this.client(slot), channel);
    return mayPublish ? this.broadcast(channel, data) : { error: 'PERMISSION_DENIED' };
  }

  sendToUser(user: string, data: unknown): number {
    const connections = [...this.clients.values()].filter((client) => client.user === user);
    for (const { inbox } of connections) inbox.push({ data });
    return connections.length;
  }

  /** The result of a request, or the code of its error. */
  request(slot: number, method: string): { readonly result: unknown } | string {
    const { user, channels } = this.client(slot);
    if (user === undefined) return 'AUTHENTICATION_REQUIRED';
    if (method === 'subscriptions') return { result: { channels: [...channels] } };
    return method === 'fail' ? 'INTERNAL_ERROR' : 'METHOD_NOT_FOUND';
  }

  topOf(channel: string): number {
    return this.channels.get(channel)?.top ?? 0;
  }

  private refusalOf(client: ModelClient, channel: string, overLimit: ReadonlySet<string>): string | undefined {
    if (!isName(channel)) return 'INVALID_CHANNEL';
    if (overLimit.has(channel)) return 'SUBSCRIPTION_LIMIT_EXCEEDED';
    if (!isAllowed(client, channel)) return 'PERMISSION_DENIED';
    const isFull = this.subscribersOf(channel).length >= LIMITS.maxSubscribersPerChannel;
    return isFull && !client.channels.has(channel) ? 'CHANNEL_SUBSCRIBER_LIMIT_EXCEEDED' : undefined;
  }

  private begin(client: ModelClient, channel: string, since: Position | undefined): Position & { recovered: boolean } {
    const { top, kept } = this.channel(channel);
    const present = { epoch: EPOCH, offset: top };
    const isKept = since !== undefined && since.offset + 1 >= (kept[0]?.offset ?? top + 1) && since.offset <= top;
    if (!isKept || since.epoch !== EPOCH || client.channels.has(channel)) return { ...present, recovered: false };
    for (const { offset, data } of kept) {
      if (offset > since.offset) client.inbox.push({ data, channel, position: { epoch: EPOCH, offset } });
    }
    return { ...present, recovered: true };
  }

  private append(channel: string, data: unknown): Position | undefined {
    if (!keepsHistory(channel)) return undefined;
    const state = this.channel(channel);
    state.top += 1;
    state.kept = [...state.kept, { offset: state.top, data }].slice(-HISTORY_SIZE);
    return { epoch: EPOCH, offset: state.top };
  }

  private channel(name: string): ModelChannel {
    const channel = this.channels.get(name) ?? { top: 0, kept: [] };
    this.channels.set(name, channel);
    return channel;
  }
}

function isName(channel: string): boolean {
  return /^[A-Za-z0-9._:/-]{1,255}$/.test(channel);
}

function keepsHistory(channel: string): boolean {
  return KEEPS_HISTORY && channel.startsWith('keep-');
}

function isAllowed({ user }: ModelClient, channel: string): boolean {
  return !channel.startsWith('private-') || channel === `private-${user}`;
}
