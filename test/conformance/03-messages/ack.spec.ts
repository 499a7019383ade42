import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { encodings, speak } from '../../support/encodings.js';
import { type TestApp, startApp, testAuth } from '../../support/test-app.js';
import type { TestClient } from '../../support/test-client.js';

interface Asked {
  readonly app: TestApp;
  readonly client: TestClient;
  readonly id: string;
}

async function connected(): Promise<Asked> {
  const app = await startApp();
  const client = await app.connect();
  return { app, client, id: app.registry.list()[0]?.id as string };
}

const timeout = (ms: number): { timeout: number } => ({ timeout: ms });

describe.each(encodings)('ask, in %s', (_encoding, protocols) => {
  speak(protocols);

  it.each([[{ yes: true }], [null], [0], ['text'], [[1, 2]]])('resolves with the data of the ack: %j', async (data) => {
    const { app, client, id } = await connected();
    const answer = app.subscriptions.ask(id, { question: 1 });
    const event = await client.next('event');
    expect(event).toMatchObject({ data: { question: 1 }, correlation_id: expect.stringMatching(/.+/) as string });
    expect(event.metadata).not.toHaveProperty('channel');
    client.send({ type: 'ack', correlation_id: event.correlation_id, data });
    expect(await answer).toEqual(data);
  });

  it('resolves with nothing where the ack has no data', async () => {
    const { app, client, id } = await connected();
    const answer = app.subscriptions.ask(id, 1);
    client.send({ type: 'ack', correlation_id: (await client.next('event')).correlation_id });
    expect(await answer).toBeUndefined();
  });

  it('gives each of many questions at once its own answer', async () => {
    const { app, client, id } = await connected();
    const answers = [1, 2, 3].map((question) => app.subscriptions.ask(id, question));
    const events = [await client.next('event'), await client.next('event'), await client.next('event')];
    for (const event of events.toReversed()) {
      client.send({ type: 'ack', correlation_id: event.correlation_id, data: (event.data as number) * 10 });
    }
    expect(await Promise.all(answers)).toEqual([10, 20, 30]);
  });

  it('fails with REQUEST_TIMEOUT when no ack comes', async () => {
    const { app, id } = await connected();
    await expect(app.subscriptions.ask(id, 1, timeout(100))).rejects.toMatchObject({ code: 'REQUEST_TIMEOUT' });
  });

  it('fails with CONNECTION_CLOSED when the client leaves', async () => {
    const { app, client, id } = await connected();
    const answer = app.subscriptions.ask(id, 1).catch((error: unknown) => error);
    const code = 'CONNECTION_CLOSED';
    await client.next('event');
    client.webSocket.terminate();
    expect(await answer).toMatchObject({ code });
  });

  it('fails with CONNECTION_NOT_FOUND where there is no such connection', async () => {
    const { app } = await connected();
    await expect(app.subscriptions.ask('nobody', 1)).rejects.toMatchObject({ code: 'CONNECTION_NOT_FOUND' });
  });
});

describe.each(encodings)('ask of a user, in %s', (_encoding, protocols) => {
  speak(protocols);

  async function devices(): Promise<{ app: TestApp; phone: TestClient; laptop: TestClient }> {
    const app = await startApp(testAuth);
    return { app, phone: await app.connect('?token=token-alice'), laptop: await app.connect('?token=token-alice') };
  }

  it('goes to every connection of the user and to nobody else, and resolves with the first ack', async () => {
    const { app, phone, laptop } = await devices();
    const bob = await app.connect('?token=token-bob');
    const answer = app.subscriptions.ask({ user: 'alice' }, 'ready?');
    const { correlation_id } = await phone.next('event');
    expect(await laptop.next('event')).toMatchObject({ data: 'ready?', correlation_id });
    laptop.send({ type: 'ack', correlation_id, data: 'laptop' });
    expect(await answer).toBe('laptop');
    phone.send({ type: 'ack', correlation_id, data: 'phone' });
    await Promise.all([phone.settle(), bob.settle()]);
    expect(phone.received.filter(({ type }) => type === 'error')).toEqual([]);
    expect(bob.received.filter(({ type }) => type === 'event')).toEqual([]);
  });

  it('fails with CONNECTION_CLOSED when the last of them leaves', async () => {
    const { app, phone, laptop } = await devices();
    const asked = app.subscriptions.ask({ user: 'alice' }, 1).catch((error: unknown) => error);
    phone.webSocket.terminate();
    await expect.poll(() => app.registry.list().length).toBe(1);
    laptop.webSocket.terminate();
    expect(await asked).toMatchObject({ code: 'CONNECTION_CLOSED' });
  });

  it('fails with CONNECTION_NOT_FOUND where the user has no connection', async () => {
    const { app } = await devices();
    const code = 'CONNECTION_NOT_FOUND';
    await expect(app.subscriptions.ask({ user: 'carol' }, 1)).rejects.toMatchObject({ code });
    await expect(app.subscriptions.ask({ connection: 'alice' }, 1)).rejects.toMatchObject({ code });
  });

  it('fails with REQUEST_TIMEOUT where none of them answers', async () => {
    const { app } = await devices();
    const code = 'REQUEST_TIMEOUT';
    await expect(app.subscriptions.ask({ user: 'alice' }, 1, timeout(80))).rejects.toMatchObject({ code });
  });
});

describe.each(encodings)('the timeout of ask, in %s', (_encoding, protocols) => {
  speak(protocols);

  it.each([0, -1, Number.NaN, Number.POSITIVE_INFINITY])('is refused where it is %d', async (ms) => {
    const { app, id } = await connected();
    await expect(app.subscriptions.ask(id, 1, timeout(ms))).rejects.toMatchObject({ code: 'INVALID_PARAMS' });
  });
});

describe.each(encodings)('an ack, in %s', (_encoding, protocols) => {
  speak(protocols);

  it('is ignored when it is late', async () => {
    const { app, client, id } = await connected();
    const asked = app.subscriptions.ask(id, 1, timeout(50)).catch((error: unknown) => error);
    const code = 'REQUEST_TIMEOUT';
    const { correlation_id } = await client.next('event');
    expect(await asked).toMatchObject({ code });
    client.send({ type: 'ack', correlation_id, data: 'late' });
    await client.settle();
    expect(client.received.filter(({ type }) => type === 'error')).toEqual([]);
  });

  it('is ignored when the question has been answered', async () => {
    const { app, client, id } = await connected();
    const answer = app.subscriptions.ask(id, 1);
    const { correlation_id } = await client.next('event');
    for (const data of ['first', 'second']) client.send({ type: 'ack', correlation_id, data });
    expect(await answer).toBe('first');
    await client.settle();
    expect(client.received.filter(({ type }) => type === 'error')).toEqual([]);
  });

  it('is ignored when it comes from another connection than the one that was asked', async () => {
    const { app, client, id } = await connected();
    const other = await app.connect();
    let answered: unknown = 'not yet';
    const answer = app.subscriptions.ask(id, 1).then((data) => (answered = data));
    const { correlation_id } = await client.next('event');
    other.send({ type: 'ack', correlation_id, data: 'foreign' });
    await other.settle();
    await turn();
    expect(answered).toBe('not yet');
    client.send({ type: 'ack', correlation_id, data: 'own' });
    await answer;
    expect(answered).toBe('own');
  });

  it('is ignored when nobody asked, or when it only names a position', async () => {
    const { client } = await connected();
    client.send({ type: 'ack', correlation_id: 'never asked', data: 1 });
    client.send({ type: 'ack', data: { channel: 'news', offset: 7 } });
    await client.settle();
    expect(client.received.map(({ type }) => type)).toEqual(['auth_response', 'pong']);
  });
});
