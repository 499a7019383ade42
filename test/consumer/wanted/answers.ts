import { expect } from 'vitest';
import type { TestClient } from '../../support/test-client.js';

export const resultOf = async (client: TestClient, method: string, params?: unknown): Promise<unknown> => {
  const { data } = await client.request(method, params);
  expect(data).toMatchObject({ status: 'success' });
  return (data as { result?: unknown }).result;
};

export const errorOf = async (client: TestClient, method: string, params?: unknown): Promise<unknown> => {
  const { data } = await client.request(method, params);
  expect(data).toMatchObject({ status: 'error' });
  return (data as { error?: unknown }).error;
};

/** Subscribes with a position to recover from. @returns the data of the response */
export const since = async (client: TestClient, channel: string, position: unknown): Promise<unknown> =>
  (await client.ask({ type: 'subscribe', data: { channels: [{ channel, since: position }] } })).data;
