import { randomUUID } from 'node:crypto';
import type { Page, WebSocketRoute } from 'playwright-core';
import { expect, it, vi } from 'vitest';
import { TestClient } from '../support/test-client.js';
import { Example, openPages } from './example.js';

const ROOM = 'room:lobby';
const WAIT = { timeout: 20_000, interval: 20 };

async function enter(example: Example, name: string): Promise<TestClient> {
  const { token } = (await example.post('/login', { name })) as { token: string };
  const client = await TestClient.open(example.ws);
  expect(await client.ask({ type: 'auth', data: { token } })).toMatchObject({ data: { success: true } });
  return client;
}

async function subscribe(client: TestClient, since?: unknown): Promise<{ recovered: boolean }> {
  const channel = { channel: ROOM, since, join_leave: true };
  const { data } = await client.ask({ type: 'subscribe', data: { channels: [channel] } });
  return (data as { positions: { [ROOM]: { recovered: boolean } } }).positions[ROOM];
}

const say = (client: TestClient, text: string, id: string = randomUUID()) => client.request('chat.say', { id, text });

async function nextMessage(client: TestClient) {
  for (;;) {
    const { data, metadata } = await client.next('event');
    if (metadata?.kind === undefined) return { ...(data as { from: { name: string }; text: string }), metadata };
  }
}

it('lets people talk by plain WebSocket clients, and sends what was missed to a client that comes back', async () => {
  const example = await Example.start('chat-room');
  const alice = await enter(example, 'Alice');
  expect(await subscribe(alice)).toMatchObject({ recovered: false });
  const bob = await enter(example, 'Bob');
  await subscribe(bob);
  const presence = await bob.request('presence', { channel: ROOM });
  expect(presence.data).toMatchObject({
    result: { members: [{ info: { name: 'Alice' } }, { info: { name: 'Bob' } }] },
  });

  const id = randomUUID();
  await say(bob, 'Hello!', id);
  await say(bob, 'Hello!', id); // as a client does that cannot know whether it arrived
  const hello = await nextMessage(alice);
  expect(hello).toMatchObject({ from: { name: 'Bob' }, text: 'Hello!' });

  alice.webSocket.terminate();
  await say(bob, 'Still there?');
  const aliceAgain = await enter(example, 'Alice');
  const { epoch, offset } = hello.metadata;
  expect(await subscribe(aliceAgain, { epoch, offset })).toMatchObject({ recovered: true });
  expect(await nextMessage(aliceAgain)).toMatchObject({ text: 'Still there?' });
  expect(await example.stop()).toBe(0);
});

it('takes messages of members only, with their own names and of a limited length', async () => {
  const example = await Example.start('chat-room');
  const refused = await TestClient.open(example.ws);
  expect(await refused.ask({ type: 'auth', data: { token: 'made-up' } })).toMatchObject({ data: { success: false } });
  expect(await example.post('/login', { name: '' })).toMatchObject({ statusCode: 400 });

  const member = await enter(example, 'Carol');
  expect((await say(member, 'x'.repeat(501))).data).toMatchObject({ status: 'error' });
  const forged = { channel: ROOM, data: { from: { name: 'Alice' }, text: 'I am not Alice' } };
  expect((await member.request('publish', forged)).data).toMatchObject({ error: { code: 'PERMISSION_DENIED' } });
});

const textsOf = (page: Page, list: string): Promise<string[]> => page.locator(`${list} > li`).allInnerTexts();

async function enterPage(page: Page, name: string): Promise<void> {
  await page.getByLabel('Your name').fill(name);
  await page.getByRole('button', { name: 'Enter' }).click();
  await page.getByText('connected', { exact: true }).waitFor();
}

const shown = (page: Page, text: string): Promise<void> => page.locator('#messages').getByText(text).waitFor();

async function sayOnPage(page: Page, text: string): Promise<void> {
  await page.getByLabel('Message').fill(text);
  await page.getByRole('button', { name: 'Send' }).click();
}

it('lets two pages chat, and shows who is there and what came while a page was cut off', async () => {
  const example = await Example.start('chat-room');
  const [alice, bob] = (await openPages(example.url, 2)) as [Page, Page];
  const lines: WebSocketRoute[] = [];
  await bob.routeWebSocket(/\/ws$/, (line) => {
    lines.push(line);
    line.connectToServer();
  });
  await enterPage(alice, 'Alice');
  await sayOnPage(alice, 'Anyone <b>here</b>?');
  await enterPage(bob, 'Bob');
  await vi.waitUntil(async () => (await textsOf(alice, '#members')).join() === 'Alice,Bob', WAIT);
  await shown(bob, 'Anyone <b>here</b>?'); // from the history
  await sayOnPage(bob, 'Me.');
  await shown(alice, 'Me.');

  await lines[0]?.close({ code: 4005 });
  await sayOnPage(alice, 'Welcome!');
  await shown(bob, 'Welcome!');
  expect(lines).toHaveLength(2);

  await bob.getByRole('button', { name: 'Go offline' }).click();
  await sayOnPage(alice, 'Gone again?');
  await shown(alice, 'Gone again?');
  await bob.getByRole('button', { name: 'Come back' }).click();
  await shown(bob, 'Gone again?');
  const said = (await textsOf(bob, '#messages')).map((text) => text.split('\n').at(-1));
  expect(said).toEqual(['Anyone <b>here</b>?', 'Me.', 'Welcome!', 'Gone again?']);
  expect(await example.stop()).toBe(0);
});
