import type { EventMessage, ServerMessage } from '@skreaver/protocol';
import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { TestClient } from '../support/test-client.js';
import { Example, openPages } from './example.js';

async function enter(example: Example, user: string): Promise<TestClient> {
  const client = await TestClient.open(example.ws);
  const response = await client.ask({ type: 'auth', data: { token: `${user}-token` } });
  expect(response).toMatchObject({ data: { success: true, user_id: user } });
  return client;
}

const deploy = (example: Example, deadlineMs = 20_000) =>
  example.post('/deployments', { service: 'billing', deadlineMs });

const isQuestion = (message: ServerMessage): message is EventMessage =>
  message.type === 'event' && message.correlation_id !== undefined;

async function answerNext(client: TestClient, data: unknown): Promise<void> {
  const question = await client.nextWhere(isQuestion, 'question');
  expect(question.data).toMatchObject({ service: 'billing', deadlineMs: 20_000 });
  client.send({ type: 'ack', correlation_id: question.correlation_id, data });
}

describe('the agent of the approval example', () => {
  it('takes a clear yes for one, and any other answer for a no', async () => {
    const example = await Example.start('approval');
    const alice = await enter(example, 'alice');
    const answers = [
      [{ approved: true }, 'approved'],
      [{ approved: false }, 'denied'],
      ['yes', 'denied'],
      [null, 'denied'],
    ];
    for (const [answer, decision] of answers) {
      const decided = deploy(example);
      await answerNext(alice, answer);
      expect(await decided).toEqual({ decision });
    }
    expect(await example.stop()).toBe(0);
  });

  it('does nothing where nobody is there, answers in time, or stays', async () => {
    const example = await Example.start('approval');
    expect(await deploy(example)).toEqual({ decision: 'nobody there' });
    const alice = await enter(example, 'alice');
    expect(await deploy(example, 100)).toEqual({ decision: 'no answer in time' });
    const late = await alice.nextWhere(isQuestion, 'question');
    const left = deploy(example);
    await alice.nextWhere(isQuestion, 'question');
    alice.send({ type: 'ack', correlation_id: late.correlation_id, data: { approved: true } });
    await alice.settle();
    alice.webSocket.close();
    expect(await left).toEqual({ decision: 'left without an answer' });
  });

  it('asks Alice on all of her connections and nobody else, and tells everybody what comes of it', async () => {
    const example = await Example.start('approval');
    const [alice, aliceElsewhere, bob] = await Promise.all(
      ['alice', 'alice', 'bob'].map((user) => enter(example, user)),
    );
    await bob!.subscribe('agent:activity');
    const decided = deploy(example);
    const { correlation_id } = await alice!.nextWhere(isQuestion, 'question');
    bob!.send({ type: 'ack', correlation_id, data: { approved: true } });
    await bob!.settle();
    await answerNext(aliceElsewhere!, { approved: false });
    expect(await decided).toEqual({ decision: 'denied' });
    expect((await bob!.next('event')).data).toMatchObject({ text: 'May I deploy billing? I am asking Alice.' });
    expect((await bob!.next('event')).data).toMatchObject({ text: 'Alice: denied. billing stays as it is.' });
    expect(bob!.received.filter((message) => isQuestion(message))).toEqual([]);
  });
});

const deployOnPage = (page: Page): Promise<void> => page.getByRole('button', { name: 'Deploy' }).click();
const activity = (page: Page, text: string): Promise<void> => page.locator('#activity').getByText(text).waitFor();

async function enterPage(page: Page, name: string): Promise<void> {
  await page.getByRole('button', { name: `Enter as ${name}` }).click();
  await page.getByText('connected', { exact: true }).waitFor();
}

it('shows Alice questions to approve, deny or let pass, and Bob what comes of them', async () => {
  const example = await Example.start('approval');
  const [alice, bob] = (await openPages(example.url, 2)) as [Page, Page];
  await enterPage(bob, 'Bob');
  await deployOnPage(bob);
  await activity(bob, 'Alice: nobody there. billing stays as it is.');

  await enterPage(alice, 'Alice');
  await activity(alice, 'Alice: nobody there.'); // from the history
  await deployOnPage(bob);
  await alice.getByRole('button', { name: 'Approve' }).click();
  await activity(bob, 'Alice: approved. billing is deployed.');
  await deployOnPage(alice);
  await alice.getByRole('button', { name: 'Deny' }).click();
  await activity(bob, 'Alice: denied. billing stays as it is.');

  const decided = deploy(example, 1000);
  await alice.locator('article').waitFor();
  expect(await decided).toEqual({ decision: 'no answer in time' });
  await alice.locator('article').waitFor({ state: 'detached' });
  await activity(bob, 'Alice: no answer in time.');
  expect(await bob.locator('article').count()).toBe(0);
  expect(await example.stop()).toBe(0);
});
