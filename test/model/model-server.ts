import type { Position } from '@skreaver/protocol';
import { EPOCH, type HistoryRange, type KeptEvent, HistoryChannel } from './history-channel.js';

/** The rules by which the model and the server under test play. */
export const LIMITS = { maxSubscriptionsPerConnection: 3, maxSubscribersPerChannel: 2 } as const;
const MAX_AUTH_FAILURES = 3;

/** What a client must get unasked: an event, or word that subscriptions have ended. */
export type Incoming =
  | { readonly data: unknown; readonly channel?: string; readonly position?: Position }
  | { readonly ended: readonly string[] };

export type StartingPosition = Position & { readonly recovered: boolean };

export interface SubscribeOutcome {
  readonly subscribed: readonly string[];
  /** Codes by channel. */
  readonly failed: Readonly<Record<string, string>>;
  readonly positions: Readonly<Record<string, StartingPosition>>;
}

export interface SubscribeRequest {
  readonly channel: string;
  readonly since?: Position | 'acked' | undefined;
}

export type PublishOutcome =
  { readonly delivered: number; readonly position?: Position; readonly duplicate?: true } | { readonly error: string };

export type HistoryOutcome = { readonly events: readonly KeptEvent[]; readonly top: Position } | string;

export interface ModelClient {
  user: string | undefined;
  authFailures: number;
  readonly channels: Set<string>;
  /** What it must have got since it was last looked at. */
  inbox: Incoming[];
}

/** What a server does, told as plainly as possible: no sockets, no time, one step after the other. */
export class ModelServer {
  /** By the slot of the test's client. */
  readonly clients = new Map<number, ModelClient>();
  /** `user channel`: what is forbidden beside the channels that are private to others. */
  readonly forbidden = new Set<string>();
  private readonly channels = new Map<string, HistoryChannel>();
  private readonly keys = new Map<string, Position | undefined>();

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

  isAllowed(user: string | undefined, channel: string): boolean {
    const isOthers = channel.startsWith('private-') && channel !== `private-${user}`;
    return !isOthers && !this.forbidden.has(`${user} ${channel}`);
  }

  /** `undefined` for `user` is a token that nobody has. */
  authenticate(slot: number, user: string | undefined): 'accepted' | 'refused' | 'closed' {
    const client = this.client(slot);
    if (user !== undefined && (client.user === undefined || client.user === user)) {
      client.user = user;
      client.authFailures = 0;
      // What the new token allows no longer.
      this.endSubscriptions(client, (channel) => !this.isAllowed(user, channel));
      return 'accepted';
    }
    client.authFailures += 1;
    if (client.authFailures < MAX_AUTH_FAILURES) return 'refused';
    this.disconnect(slot);
    return 'closed';
  }

  subscribe(slot: number, requests: readonly SubscribeRequest[]): SubscribeOutcome {
    const client = this.client(slot);
    const byChannel = new Map(requests.map((request) => [request.channel, request]));
    const room = LIMITS.maxSubscriptionsPerConnection - client.channels.size;
    const isNew = [...byChannel.keys()].filter((channel) => isName(channel) && !client.channels.has(channel));
    const overLimit = new Set(isNew.slice(Math.max(0, room)));
    const subscribed: string[] = [];
    const failed: Record<string, string> = {};
    const positions: Record<string, StartingPosition> = {};
    for (const { channel, since } of byChannel.values()) {
      const code = this.refusalOf(client, channel, overLimit);
      if (code === undefined) {
        subscribed.push(channel);
        if (keepsHistory(channel)) positions[channel] = this.begin(client, channel, since);
        client.channels.add(channel);
      } else {
        failed[channel] = code;
        if (code === 'PERMISSION_DENIED') client.channels.delete(channel);
      }
    }
    return { subscribed, failed, positions };
  }

  unsubscribe(slot: number, channels: readonly string[]): readonly string[] {
    for (const channel of channels) this.client(slot).channels.delete(channel);
    return [...new Set(channels)].filter(isName);
  }

  /** What the application publishes. */
  broadcast(channel: string, data: unknown, key?: string): PublishOutcome {
    const name = `${channel} ${key}`;
    if (key !== undefined && this.keys.has(name)) return outcomeOf(0, this.keys.get(name), true);
    const position = keepsHistory(channel) ? this.channel(channel).append(data) : undefined;
    if (key !== undefined) this.keys.set(name, position);
    const subscribers = this.subscribersOf(channel);
    const event = position === undefined ? { data, channel } : { data, channel, position };
    for (const { inbox } of subscribers) inbox.push(event);
    return outcomeOf(subscribers.length, position);
  }

  /** What a client publishes; a user's keys are its own. */
  publish(slot: number, channel: string, data: unknown, key?: string): PublishOutcome {
    if (!isName(channel)) return { error: 'INVALID_CHANNEL' };
    const { user } = this.client(slot);
    const mayPublish = !channel.startsWith('house-') && this.isAllowed(user, channel);
    if (!mayPublish) return { error: 'PERMISSION_DENIED' };
    return this.broadcast(channel, data, key === undefined ? undefined : `${user} ${key}`);
  }

  history(slot: number, channel: string, range: HistoryRange): HistoryOutcome {
    if (!isName(channel)) return 'INVALID_CHANNEL';
    if (!this.isAllowed(this.client(slot).user, channel)) return 'PERMISSION_DENIED';
    if (!keepsHistory(channel)) return 'INVALID_PARAMS';
    const { position, ...rest } = {
      position: this.channel(channel).position,
      events: this.channel(channel).read(range),
    };
    return { ...rest, top: position };
  }

  acknowledge(slot: number, channel: string, offset: number): void {
    const { user, channels } = this.client(slot);
    if (user !== undefined && channels.has(channel) && keepsHistory(channel)) {
      this.channel(channel).acknowledge(user, offset);
    }
  }

  /** How far the user of a client has said to have got. */
  acknowledged(slot: number, channel: string): Position | undefined {
    const { user = '' } = this.client(slot);
    return keepsHistory(channel) ? this.channel(channel).acknowledged(user) : undefined;
  }

  sendToUser(user: string, data: unknown): number {
    const connections = this.connectionsOf(user);
    for (const { inbox } of connections) inbox.push({ data });
    return connections.length;
  }

  /** Returns how many connections had something to lose. */
  revoke(user: string, channel: string | undefined): number {
    return this.connectionsOf(user).filter((client) =>
      this.endSubscriptions(client, (each) => channel === undefined || each === channel),
    ).length;
  }

  /** Connections by user, of those subscribed. */
  presence(channel: string): ReadonlyMap<string, number> {
    const members = new Map<string, number>();
    for (const { user = '' } of this.subscribersOf(channel)) members.set(user, (members.get(user) ?? 0) + 1);
    return members;
  }

  /** The result of a request, or the code of its error. */
  request(slot: number, method: string): { readonly result: unknown } | string {
    if (this.client(slot).user === undefined) return 'AUTHENTICATION_REQUIRED';
    return method === 'fail' ? 'INTERNAL_ERROR' : 'METHOD_NOT_FOUND';
  }

  topOf(channel: string): number {
    return this.channels.get(channel)?.offset ?? 0;
  }

  private connectionsOf(user: string): ModelClient[] {
    return [...this.clients.values()].filter((client) => client.user === user);
  }

  private endSubscriptions(client: ModelClient, isMeant: (channel: string) => boolean): boolean {
    const ended = [...client.channels].filter(isMeant);
    for (const channel of ended) client.channels.delete(channel);
    if (ended.length > 0) client.inbox.push({ ended: ended.toSorted() });
    return ended.length > 0;
  }

  private refusalOf(client: ModelClient, channel: string, overLimit: ReadonlySet<string>): string | undefined {
    if (!isName(channel)) return 'INVALID_CHANNEL';
    if (overLimit.has(channel)) return 'SUBSCRIPTION_LIMIT_EXCEEDED';
    if (!this.isAllowed(client.user, channel)) return 'PERMISSION_DENIED';
    const isFull = this.subscribersOf(channel).length >= LIMITS.maxSubscribersPerChannel;
    return isFull && !client.channels.has(channel) ? 'CHANNEL_SUBSCRIBER_LIMIT_EXCEEDED' : undefined;
  }

  /** A subscription that stands already recovers nothing: it has lost nothing. */
  private begin(client: ModelClient, name: string, since: SubscribeRequest['since']): StartingPosition {
    const channel = this.channel(name);
    const from = since === 'acked' ? channel.acknowledged(client.user ?? '') : since;
    const missed = from === undefined || client.channels.has(name) ? undefined : channel.after(from);
    for (const { offset, data } of missed ?? []) {
      client.inbox.push({ data, channel: name, position: { epoch: EPOCH, offset } });
    }
    return { ...channel.position, recovered: missed !== undefined };
  }

  private channel(name: string): HistoryChannel {
    const channel = this.channels.get(name) ?? new HistoryChannel();
    this.channels.set(name, channel);
    return channel;
  }
}

function outcomeOf(delivered: number, position: Position | undefined, duplicate = false): PublishOutcome {
  return { delivered, ...(position === undefined ? {} : { position }), ...(duplicate ? { duplicate } : {}) };
}

function isName(channel: string): boolean {
  return /^[A-Za-z0-9._:/-]{1,255}$/.test(channel);
}

export function keepsHistory(channel: string): boolean {
  return channel.startsWith('keep-');
}
