import { describe, expect, it } from 'vitest';
import { encodings, speak } from '../../support/encodings.js';
import { startApp, testAuth } from '../../support/test-app.js';
import type { TestClient } from '../../support/test-client.js';

const withdrawal = (correlation_id: string | undefined) => ({
  type: 'event',
  data: null,
  correlation_id,
  metadata: { timestamp: expect.any(Number) as number, kind: 'withdrawn' },
});

const eventsOf = (client: TestClient) => client.received.filter(({ type }) => type === 'event');

describe.each(encodings)('a question, in %s', (_encoding, protocols) => {
  speak(protocols);

  async function devices() {
    const app = await startApp(testAuth);
    return { app, phone: await app.connect('?token=token-ann'), laptop: await app.connect('?token=token-ann') };
  }

  it('is withdrawn from those who have not answered, once another connection has', async () => {
    const { app, phone, laptop } = await devices();
    const answer = app.subscriptions.ask({ user: 'ann' }, 'ready?');
    const { correlation_id } = await phone.next('event');
    await laptop.next('event');
    phone.send({ type: 'ack', correlation_id, data: 'yes' });
    expect(await laptop.next('event')).toEqual(withdrawal(correlation_id));
    expect(await answer).toBe('yes');
    await phone.settle();
    expect(eventsOf(phone)).toHaveLength(1);
  });

  it('is withdrawn from all when its time is over', async () => {
    const { app, phone, laptop } = await devices();
    const asked = app.subscriptions.ask({ user: 'ann' }, 'ready?', { timeout: 50 });
    await expect(asked).rejects.toMatchObject({ code: 'REQUEST_TIMEOUT' });
    for (const client of [phone, laptop]) {
      const { correlation_id } = await client.next('event');
      expect(await client.next('event')).toEqual(withdrawal(correlation_id));
    }
  });

  it('takes no answer after its withdrawal, and a client that sends one keeps its connection', async () => {
    const { app, phone, laptop } = await devices();
    const answer = app.subscriptions.ask({ user: 'ann' }, 'ready?');
    const { correlation_id } = await phone.next('event');
    laptop.send({ type: 'ack', correlation_id, data: 'first' });
    await phone.nextWhere((message): message is typeof message => message.type === 'event', 'the withdrawal');
    phone.send({ type: 'ack', correlation_id, data: 'late' });
    await phone.settle();
    expect(await answer).toBe('first');
    expect(phone.received.filter(({ type }) => type === 'error')).toEqual([]);
    expect(eventsOf(phone)).toHaveLength(2);
  });

  it('is not withdrawn from the only connection that was asked and has answered', async () => {
    const { app, phone } = await devices();
    const [connection] = app.registry.ofUser('ann');
    const answer = app.subscriptions.ask(connection?.id as string, 'ready?');
    const { correlation_id } = await phone.next('event');
    phone.send({ type: 'ack', correlation_id, data: 1 });
    await answer;
    await phone.settle();
    expect(eventsOf(phone)).toHaveLength(1);
  });
});
