import type { Page } from 'playwright-core';
import { expect, it, vi } from 'vitest';
import { TestClient } from '../support/test-client.js';
import { Example, openPages } from './example.js';

const WAIT = { timeout: 20_000, interval: 10 };

async function connect(example: Example): Promise<TestClient> {
  const client = await TestClient.open(example.ws);
  expect(await client.ask({ type: 'auth', data: { token: 'demo-token' } })).toMatchObject({ data: { success: true } });
  return client;
}

function ask(client: TestClient, question: string): void {
  const data = { method: 'agent.answer', params: { question } };
  client.send({ type: 'request', correlation_id: question, data });
}

const next = async (client: TestClient) => (await client.next('response')).data;

it('streams an answer in numbered chunks and ends with their count', async () => {
  const example = await Example.start('token-streaming');
  const client = await connect(example);
  ask(client, 'Why?');
  const chunks: unknown[] = [];
  let data = await next(client);
  for (; data.status === 'pending'; data = await next(client)) chunks[data.sequence] = data.result;
  expect(data).toEqual({ status: 'success', result: { tokens: chunks.length } });
  expect(chunks.join('')).toMatch(/^You asked: “Why\?” A method that streams .* nobody reads\.$/);
  expect(await example.stop()).toBe(0);
});

it('stops the model when the client cancels, and when it leaves', async () => {
  const example = await Example.start('token-streaming');
  const client = await connect(example);
  ask(client, 'Cancelled?');
  expect(await next(client)).toMatchObject({ status: 'pending', sequence: 0 });
  client.send({ type: 'request', data: { method: 'cancel', params: { correlation_id: 'Cancelled?' } } });
  const last = async (): Promise<string> => {
    const { status } = await next(client);
    return status === 'pending' ? last() : status;
  };
  expect(await last()).toBe('cancelled');
  expect(await next(client)).toEqual({ status: 'success', result: { cancelled: true } });
  await example.prints(/stopped after \d+ tokens/);

  ask(client, 'Left?');
  await next(client);
  client.webSocket.terminate();
  await example.prints(/stopped after \d+ tokens[^]*stopped after \d+ tokens/);
});

it('refuses a token that it does not know, and an empty question', async () => {
  const example = await Example.start('token-streaming');
  const refused = await TestClient.open(example.ws);
  expect(await refused.ask({ type: 'auth', data: { token: 'other' } })).toMatchObject({ data: { success: false } });
  const client = await connect(example);
  expect((await client.request('agent.answer', { question: '' })).data).toMatchObject({ status: 'error' });
});

it('shows tokens one by one on the page, and no more after Stop', async () => {
  const example = await Example.start('token-streaming');
  const [page] = (await openPages(example.url, 1)) as [Page];
  await page.getByText('connected', { exact: true }).waitFor();
  const answer = page.locator('article').last().locator('p');
  const askOnPage = async (question: string): Promise<void> => {
    await page.getByLabel('Question').fill(question);
    await page.getByRole('button', { name: 'Ask' }).click();
  };

  await askOnPage('Why? '.repeat(99)); // which the answer repeats, so that it takes 5 s
  const seen = new Set<string>();
  await vi.waitUntil(async () => seen.add((await answer.textContent()) ?? '').size > 4, WAIT);
  await page.getByRole('button', { name: 'Stop' }).click();
  await page.getByText(/stopped after \d+ tokens/).waitFor();
  const kept = await answer.textContent();
  await example.prints(/stopped after \d+ tokens/);
  expect(kept).toMatch(/^You asked: “/);
  expect(kept).not.toMatch(/nobody reads\.$/);

  await askOnPage('To the end?');
  await page.getByText(/done: \d+ tokens/).waitFor();
  expect(await answer.textContent()).toMatch(/nobody reads\.$/);
  expect(await page.locator('article').first().locator('p').textContent()).toBe(kept);
  expect(await example.stop()).toBe(0);
});
