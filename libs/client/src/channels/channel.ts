import type { ChannelRequest, ErrorBody, EventMessage, Position } from '@skreaver/protocol';
import { type Clock, createTimer } from '../environment/clock.js';
import { channelEvent, includes, positionOf } from './channel-event.js';
import type { Failure, Handle } from './handle.js';

export interface ChannelHost {
  readonly clock: Clock;
  readonly random: () => number;
  /** Milliseconds that the channel stays after its last handle. */
  readonly linger: number;
  /** Something has to be sent for the channel. */
  readonly onChange: (channel: Channel) => void;
  /** It has had no handle for so long. */
  readonly onUnused: (channel: Channel) => void;
}

export type Channel = ReturnType<typeof createChannel>;

/** One channel: its one subscription on the wire, and the handles that share it. */
export function createChannel(name: string, host: ChannelHost) {
  const handles = new Set<Handle>();
  /** Until the channel is left, or subscribed to again. */
  const timer = createTimer(host.clock);
  /** `pending`: it is asked for, and events are not for us yet. */
  let wire: 'none' | 'pending' | 'on' = 'none';
  /** Of the last event given to all handles; where to recover from. */
  let position: Position | undefined;
  /** Recover from what the user has acknowledged, while there is no position. */
  let isAcked = false;
  /** Up to this offset events are recovered ones. */
  let recoveredTo = 0;
  let asked: string | undefined;
  let hasJoinLeave = false;
  /** The server subscribed the client before its own subscribe was taken. */
  let isPreempted = false;
  /** To be left and subscribed to again, from `position`. */
  let isAgain = false;
  /** Came while the channel was subscribed to: they begin after their turn, or before the next event of the same turn. */
  const newcomers = new Set<Handle>();

  /** A handler may add and close handles: those that come meanwhile are left out, as are those that are gone. */
  const each = (use: (handle: Handle) => void): void => {
    for (const handle of Array.from(handles)) if (handles.has(handle)) use(handle);
  };

  const welcome = (): void => {
    for (const handle of newcomers) if (wire === 'on') handle.begin(handle.options.since !== undefined, position);
    newcomers.clear();
  };

  const again = (): void => {
    isAgain = true;
    host.onChange(channel);
  };

  const ended = (status: 'idle' | 'failed', error?: Failure): void => {
    wire = 'none';
    hasJoinLeave = isPreempted = isAgain = false;
    each((handle) => handle.status(status, error));
  };

  const failed = (error: ErrorBody): void => {
    const hint = error.details?.['retry_after_ms'];
    wire = 'none';
    if (typeof hint === 'number') timer(hint * (1 + host.random() * 0.2), () => host.onChange(channel));
    // Where the token was refused, the channel is subscribed to when the next one is taken.
    else if (error.code !== 'AUTHENTICATION_REQUIRED') ended('failed', error);
  };

  const channel = {
    name,
    /**
     * Where the subscription is after the place where the handle begins, it begins anew there; the other handles are not
     * given twice what they have had.
     */
    add(handle: Handle): void {
      const { since } = handle.options;
      if (handles.size === 0) timer();
      handles.add(handle);
      host.onChange(channel);
      const isBefore = typeof since === 'object' && !includes(since, position);
      if (isBefore) position = since;
      else if (since === 'acked') {
        isAcked = true;
        if (wire !== 'none') position = undefined;
      }
      if (wire === 'none') return;
      handle.status('subscribing');
      if (isBefore || since === 'acked') isAgain = true;
      else if (wire === 'on') {
        newcomers.add(handle);
        void Promise.resolve().then(welcome);
      }
    },
    remove: (handle: Handle): void => {
      handles.delete(handle);
      newcomers.delete(handle);
      if (handles.size === 0) timer(host.linger, () => host.onUnused(channel));
    },
    /** @returns whether the server has to be told that the channel is left */
    leave(isWanted: boolean): boolean {
      if (wire === 'none' || (isWanted && !isAgain)) return false;
      wire = 'none';
      isAgain = hasJoinLeave = false;
      return true;
    },
    /** What to ask the server for; undefined where it has been asked. */
    request(): ChannelRequest | undefined {
      const joinLeave = [...handles].some(({ options }) => options.joinLeave);
      if (wire === 'none' ? handles.size === 0 : !joinLeave || hasJoinLeave) return undefined;
      hasJoinLeave = joinLeave;
      const since = wire === 'none' ? (position ?? (isAcked ? 'acked' : undefined)) : undefined;
      return { channel: name, since, join_leave: joinLeave || undefined };
    },
    /** The server is asked, by the message with this id. */
    ask(id: string): void {
      if (wire !== 'none') return;
      wire = 'pending';
      asked = id;
      each((handle) => handle.status('subscribing'));
    },
    /** The server has subscribed the client: as it was asked, or by itself, without an id. */
    subscribed(id: string | undefined, told: (Position & { readonly recovered: boolean }) | undefined): void {
      const { offset = 0, recovered = false } = told ?? {};
      if (id === undefined && wire === 'pending') isPreempted = true;
      else if (id === undefined ? wire === 'on' : wire === 'pending' && asked === id) {
        if (isPreempted && !recovered && (position || isAcked)) return again();
        const at = told && positionOf(told);
        wire = 'on';
        isPreempted = false;
        recoveredTo = recovered ? offset : 0;
        if (!recovered) position = at;
        each((handle) => wire === 'on' && handle.begin(recovered, at));
      }
    },
    /** @returns whether the error is the answer to what this channel asked */
    refused(id: string | undefined, error: ErrorBody): boolean {
      const isOwn = wire === 'pending' && asked === id;
      if (isOwn) failed(error);
      return isOwn;
    },
    ended,
    /** Gives an event to the handles. Where events are missing before it, the channel recovers instead. */
    take({ data, metadata }: EventMessage): void {
      welcome();
      if (wire !== 'on' || isAgain) return;
      const { kind, gap } = metadata;
      const next = positionOf(metadata);
      if (next) {
        if (includes(position, next)) return;
        const isNext = !position || (position.epoch === next.epoch && (position.offset + 1 === next.offset || gap));
        if (!isNext) return again();
        position = next;
      }
      if (kind === 'join' || kind === 'leave') {
        const { user_id: userId, info } = data as { readonly user_id: string; readonly info?: unknown };
        each((handle) => handle.presence(kind, { userId, info }));
      } else {
        const event = channelEvent(data, metadata, (next?.offset ?? 1) <= recoveredTo);
        each((handle) => handle.take(event));
      }
    },
    dispose(): void {
      for (const { subscription } of handles) subscription.close();
      timer();
    },
  };
  return channel;
}
