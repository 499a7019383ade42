import type { ChannelRequest, EventMessage, Position } from '@skreaver/protocol';
import type { MessageOf, TestClient } from './test-client.js';

export const KEPT = { channels: { 'kept*': { history: { size: 100, ttl: 600_000 } } } } as const;

export async function subscribe(
  client: TestClient,
  ...channels: ChannelRequest[]
): Promise<MessageOf<'subscribe_response'>['data']> {
  return ((await client.ask({ type: 'subscribe', data: { channels } })) as MessageOf<'subscribe_response'>).data;
}

/** The events that a client has got of a channel, as what was published. */
export function eventsOf(client: TestClient, channel = 'kept'): unknown[] {
  return eventMessages(client, channel).map(({ data }) => data);
}

export function offsetsOf(client: TestClient, channel = 'kept'): (number | undefined)[] {
  return eventMessages(client, channel).map(({ metadata }) => metadata.offset);
}

function eventMessages(client: TestClient, channel: string): EventMessage[] {
  return client.received.filter(
    (message): message is EventMessage => message.type === 'event' && message.metadata.channel === channel,
  );
}

/** Whole numbers from the first to the last. */
export function range(first: number, last: number): number[] {
  return Array.from({ length: last - first + 1 }, (_, at) => first + at);
}

/** The position that a channel had `back` events ago. */
export function earlier(position: Position | undefined, back: number): Position {
  if (position === undefined) throw new Error('The channel has no position.');
  return { epoch: position.epoch, offset: position.offset - back };
}
