import type { EventMetadata, Position, SubscribeResponseMessage } from '@skreaver/protocol';
import type { ClientConnection } from '../../src/connection/index.js';
import type { Frame } from '../../src/transport/index.js';

type StartingPosition = Position & { readonly recovered: boolean };

export interface EventEntry {
  readonly what: 'event';
  readonly channel: string;
  readonly position: Position | undefined;
  /** Null for the placeholder of an event. */
  readonly data: unknown;
  /** The connection that got it, as it was then. */
  readonly receiver: Receiver;
}

type Receiver = Pick<ClientConnection, 'id' | 'userId'>;

/** What one client saw and did, and what the node was given meanwhile, in order. */
export type Entry =
  | {
      readonly what: 'answer';
      readonly since: ReadonlyMap<string, Position>;
      /** Channels that had, by then, forgotten what came after that. */
      readonly gone: ReadonlySet<string>;
      readonly outcome: SubscribeResponseMessage['data'];
    }
  | EventEntry
  | { readonly what: 'end'; readonly channel: string | undefined }
  | { readonly what: 'delivery'; readonly channel: string; readonly data: unknown };

export class DeliveryLog {
  readonly entries: Entry[] = [];

  write(entry: Entry): void {
    this.entries.push(entry);
  }

  event(frame: Frame, { id, userId }: Receiver): void {
    const text = frame.bytes.subarray(frame.bytes.indexOf('{')).toString();
    const { data, metadata } = JSON.parse(text) as { data: unknown; metadata: EventMetadata };
    const { channel = '', epoch, offset } = metadata;
    const position = epoch === undefined || offset === undefined ? undefined : { epoch, offset };
    this.write({ what: 'event', channel, position, data, receiver: { id, userId } });
  }
}

/** What a client got in one channel from one answer to the end of that subscription. */
export interface Session {
  readonly channel: string;
  readonly since: Position | undefined;
  readonly isGone: boolean;
  /** Undefined in a channel without history. */
  readonly start: StartingPosition | undefined;
  readonly events: EventEntry[];
  /** What came to the node while it lasted. */
  readonly deliveries: unknown[];
  isOver: boolean;
}

export interface Reading {
  readonly sessions: readonly Session[];
  /** Events that came outside of any session. */
  readonly uninvited: readonly Entry[];
}

/** Reads a log as sessions. */
export function read({ entries }: DeliveryLog): Reading {
  const sessions: Session[] = [];
  const uninvited: Entry[] = [];
  const current = new Map<string, Session>();
  for (const entry of entries) {
    if (entry.what === 'event') {
      const session = current.get(entry.channel);
      if (session === undefined) uninvited.push(entry);
      else session.events.push(entry);
    } else if (entry.what === 'delivery') {
      current.get(entry.channel)?.deliveries.push(entry.data);
    } else if (entry.what === 'end') {
      for (const [channel, session] of current) {
        if (entry.channel !== undefined && entry.channel !== channel) continue;
        session.isOver = true;
        current.delete(channel);
      }
    } else {
      for (const channel of entry.outcome.subscribed) {
        // One that stands already goes on.
        if (current.has(channel)) continue;
        const start = entry.outcome.positions?.[channel];
        const since = entry.since.get(channel);
        const isGone = entry.gone.has(channel);
        const session: Session = { channel, since, isGone, start, events: [], deliveries: [], isOver: false };
        current.set(channel, session);
        sessions.push(session);
      }
    }
  }
  return { sessions, uninvited };
}
