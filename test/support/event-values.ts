import type { TestClient } from './test-client.js';

/** The data of every event that the client got, in the order of arrival. */
export function eventValues(client: TestClient): unknown[] {
  return client.received.flatMap((message) => (message.type === 'event' ? [message.data] : []));
}

/** 0, 1, 2 … */
export function countUpTo(end: number): number[] {
  return Array.from({ length: end }, (_value, at) => at);
}
