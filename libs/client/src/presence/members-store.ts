import { dispose } from '../dispose.js';
import { type Clock, createTimer } from '../environment/clock.js';
import { createEmitter } from '../emitter.js';
import type { SubscribeOptions } from '../channels/subscribe-options.js';
import type { Member, Subscription } from '../channels/subscription.js';

/** A new frozen object for each change. */
export interface MembersSnapshot {
  /** By the time of joining; those of the server's list first. */
  readonly members: readonly Member[];
  /** There are more members than the server lists. */
  readonly isTruncated: boolean;
  /** Whether the list has been loaded, and is kept up to date at the moment. */
  readonly isLive: boolean;
}

/** Who is in a channel, kept up to date until it is closed. Fits `useSyncExternalStore`. */
export interface MembersStore extends Disposable {
  /** @returns a function that removes the listener */
  subscribe(listener: () => void): () => void;
  getSnapshot(): MembersSnapshot;
  close(): void;
}

export interface MembersHost {
  readonly clock: Clock;
  readonly subscribe: (channel: string, options: SubscribeOptions) => Subscription;
  readonly read: (method: string, params: object, wait: { readonly signal: AbortSignal }) => Promise<unknown>;
  readonly backoff: (failures: number) => number;
  readonly onThrow: (error: unknown) => void;
  readonly onError: (error: unknown) => void;
}

interface PresenceResult {
  readonly members: readonly { readonly user_id: string; readonly info?: unknown }[];
  readonly truncated?: boolean;
}

/** Above 1,000 users the server sends no joins and leaves, so the list is asked for again. */
const POLL_MS = 30_000;

export function createMembersStore(host: MembersHost, channel: string): MembersStore {
  const changes = createEmitter<{ change: undefined }>(host.onThrow);
  const timer = createTimer(host.clock);
  let users = new Map<string, Member>();
  let sinceAsked: (() => void)[] = [];
  let snapshot: MembersSnapshot = Object.freeze({ members: [], isTruncated: false, isLive: false });
  let abort: AbortController | undefined;

  const tell = (isLive: boolean, isTruncated = snapshot.isTruncated): void => {
    snapshot = Object.freeze({ members: [...users.values()], isTruncated, isLive });
    changes.emit('change', undefined);
  };

  /** Joins and leaves that come while the list is asked for are applied to it again: the list may be older than they are. */
  const apply = (change: () => void): void => {
    if (abort) sinceAsked.push(change);
    change();
    tell(snapshot.isLive);
  };

  const load = async (failures = 0): Promise<void> => {
    const own = (abort = new AbortController());
    sinceAsked = [];
    try {
      const { members, truncated = false } = (await host.read('presence', { channel }, own)) as PresenceResult;
      if (own !== abort) return;
      users = new Map(members.map(({ user_id: userId, info }) => [userId, { userId, info }]));
      abort = undefined;
      for (const change of sinceAsked) change();
      tell(true, truncated);
      if (truncated) timer(POLL_MS, () => void load());
    } catch (error) {
      if (own !== abort) return;
      host.onError(error);
      timer(host.backoff(failures), () => void load(failures + 1));
    }
  };

  const subscription = host.subscribe(channel, { joinLeave: true });
  subscription.on('join', (member) => apply(() => users.set(member.userId, member)));
  subscription.on('leave', ({ userId }) => apply(() => users.delete(userId)));
  subscription.on('status', ({ status }) => {
    timer();
    abort?.abort();
    abort = undefined;
    if (status === 'subscribed') void load();
    else if (snapshot.isLive) tell(false);
  });
  return {
    subscribe: (listener) => changes.on('change', listener),
    getSnapshot: () => snapshot,
    close: subscription.close,
    [dispose]: subscription.close,
  };
}
