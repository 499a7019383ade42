import { CloseCode, type WsError } from '@skreaver/nestjs-ws';
import { describe, expect, it } from 'vitest';
import { encodings, speak } from '../support/encodings.js';
import { testAuth } from '../support/test-app.js';
import { startTwoApps } from '../support/two-apps.js';

const channels = { kept: { history: { size: 10, ttl: 60_000 } } };

describe.each(encodings)('two applications that are one server, in %s', (_encoding, protocols) => {
  speak(protocols);

  /** Ann has a connection on each application. */
  async function twoDevices() {
    const { apps, links, passTime } = await startTwoApps({ ...testAuth, channels });
    const [one, two] = apps;
    const [phone, laptop] = [await one.connect('?token=token-ann'), await two.connect('?token=token-ann')];
    const idOf = ({ registry }: (typeof apps)[number]) => registry.ofUser('ann')[0]?.id as string;
    return { one, two, links, passTime, phone, laptop, phoneId: idOf(one), laptopId: idOf(two) };
  }

  it('name their node in the ids of their connections and in their logs', async () => {
    const { two, phoneId, laptopId } = await twoDevices();
    // Nest has one log for all applications of a process: that of the last one.
    const opened = two.log.of('connection opened').map((line) => [line['node'], line['connection_id']]);
    expect(opened).toEqual([phoneId, laptopId].map((id) => [id.slice(0, 8), id]));
    for (const id of [phoneId, laptopId]) expect(id).toMatch(/^[0-9a-z]{8}\.[0-9a-f-]{36}$/);
    expect(phoneId.slice(0, 8)).not.toBe(laptopId.slice(0, 8));
  });

  it('send to a connection from either, and leave one out by its id', async () => {
    const { one, two, phone, laptop, phoneId, laptopId } = await twoDevices();
    expect(await one.subscriptions.sendToConnection(laptopId, 'over there')).toEqual({ delivered: 1 });
    expect((await laptop.next('event')).data).toBe('over there');
    expect(await two.subscriptions.sendToUser('ann', 'others', { except: { connectionId: phoneId } })).toEqual({
      delivered: 1,
    });
    expect((await laptop.next('event')).data).toBe('others');
    await phone.settle();
    expect(phone.received.filter(({ type }) => type === 'event')).toEqual([]);
  });

  it('know of a connection that has ended, and of a node that has', async () => {
    const { one, two, laptop, laptopId } = await twoDevices();
    laptop.webSocket.terminate();
    await expect.poll(() => two.registry.list()).toEqual([]);
    const code = 'CONNECTION_NOT_FOUND';
    await expect(one.subscriptions.sendToConnection(laptopId, 1)).rejects.toMatchObject({ code });
    await expect(one.subscriptions.ask(laptopId, 1)).rejects.toMatchObject({ code });
    await two.app.close();
    await expect(one.subscriptions.sendToConnection(laptopId, 1)).rejects.toMatchObject({ code });
    await expect(one.subscriptions.ask(laptopId, 1)).rejects.toMatchObject({ code });
  });

  it('subscribe and unsubscribe a connection of the other, with its outcome', async () => {
    const { one, two, laptop, laptopId } = await twoDevices();
    await two.subscriptions.broadcast('kept', 'before');
    const { subscribed, failed, positions } = await one.subscriptions.subscribe(laptopId, ['kept', 'no good']);
    expect([subscribed, failed.map(({ code }) => code)]).toEqual([['kept'], ['INVALID_CHANNEL']]);
    expect(positions?.['kept']).toMatchObject({ offset: 1, recovered: false });
    expect((await laptop.next('subscribe_response')).data.subscribed).toEqual(['kept']);
    expect(two.subscriptions.subscriptionsOf(laptopId)).toEqual(['kept']);
    expect(await one.subscriptions.unsubscribe(laptopId, ['kept'])).toEqual({ unsubscribed: ['kept'], failed: [] });
    expect((await laptop.next('unsubscribe_response')).data.unsubscribed).toEqual(['kept']);
    expect(two.subscriptions.subscriptionsOf(laptopId)).toEqual([]);
  });

  it('disconnect a connection of the other, with a code and a hint', async () => {
    const { one, two, laptop, laptopId } = await twoDevices();
    expect(await one.registry.disconnect(laptopId, CloseCode.Reconnect, 1500)).toBe(true);
    expect(await laptop.closed).toMatchObject({ code: 4005, reason: expect.stringContaining('1500') as string });
    expect(two.registry.list()).toEqual([]);
    expect(await one.registry.disconnect(laptopId)).toBe(false);
  });

  it('tell that a connection of the other is gone, or that the other does not answer', async () => {
    const { one, two, links, passTime, laptop, laptopId } = await twoDevices();
    const rejections = async (meanwhile = async () => {}) => {
      const { subscriptions, registry } = one;
      const calls = [
        subscriptions.subscribe(laptopId, ['news']),
        subscriptions.unsubscribe(laptopId, ['news']),
        registry.disconnect(laptopId),
      ];
      await meanwhile();
      return (await Promise.allSettled(calls)).map((each) =>
        each.status === 'fulfilled' ? each.value : (each.reason as WsError).code,
      );
    };
    links[1].cut();
    expect(await rejections(() => passTime(3))).toEqual(['UNAVAILABLE', 'UNAVAILABLE', 'UNAVAILABLE']);
    links[1].connect();
    await laptop.closed;
    await expect.poll(() => two.registry.list()).toEqual([]);
    expect(await rejections()).toEqual(['CONNECTION_NOT_FOUND', 'CONNECTION_NOT_FOUND', false]);
    await two.app.close();
    expect(await rejections()).toEqual(['CONNECTION_NOT_FOUND', 'CONNECTION_NOT_FOUND', false]);
  });

  it('ask a user on both, and take the first answer', async () => {
    const { one, phone, laptop } = await twoDevices();
    const answer = one.subscriptions.ask({ user: 'ann' }, 'ready?');
    const { correlation_id } = await phone.next('event');
    expect(await laptop.next('event')).toMatchObject({ data: 'ready?', correlation_id });
    laptop.send({ type: 'ack', correlation_id, data: { file: [1, 'ж'] } });
    expect(await answer).toEqual({ file: [1, 'ж'] });
    phone.send({ type: 'ack', correlation_id, data: 'late' });
    await phone.settle();
    expect(phone.received.filter(({ type }) => type === 'error')).toEqual([]);
  });

  it('withdraw a question on both, once it is answered on either or its time is over', async () => {
    const { one, phone, laptop } = await twoDevices();
    const answer = one.subscriptions.ask({ user: 'ann' }, 'ready?');
    const { correlation_id } = await phone.next('event');
    await laptop.next('event');
    laptop.send({ type: 'ack', correlation_id, data: 'laptop' });
    expect(await answer).toBe('laptop');
    const metadata = { kind: 'withdrawn' };
    expect(await phone.next('event')).toMatchObject({ data: null, correlation_id, metadata });
    const late = one.subscriptions.ask({ user: 'ann' }, 'and now?', { timeout: 50 });
    await expect(late).rejects.toMatchObject({ code: 'REQUEST_TIMEOUT' });
    for (const client of [phone, laptop]) {
      const question = await client.next('event');
      expect(question.data).toBe('and now?');
      const { correlation_id: id } = question;
      expect(await client.next('event')).toMatchObject({ data: null, correlation_id: id, metadata });
    }
  });

  it('ask a connection of the other', async () => {
    const { one, phone, laptop, laptopId } = await twoDevices();
    const answer = one.subscriptions.ask(laptopId, 'you?');
    const { correlation_id } = await laptop.next('event');
    laptop.send({ type: 'ack', correlation_id });
    expect(await answer).toBeUndefined();
    await phone.settle();
    expect(phone.received.filter(({ type }) => type === 'event')).toEqual([]);
  });

  it('end a question when the other application does', async () => {
    const { one, two, laptop, laptopId } = await twoDevices();
    const asked = one.subscriptions.ask(laptopId, 1).catch((error: unknown) => error);
    await laptop.next('event');
    await two.app.close();
    expect(await asked).toMatchObject({ code: 'CONNECTION_CLOSED' });
  });

  it('reject a revoke that one of them does not confirm, which carries it out when it is back', async () => {
    const { one, two, links, passTime, phone, phoneId, laptop, laptopId } = await twoDevices();
    await one.subscriptions.subscribe(phoneId, ['news']);
    await two.subscriptions.subscribe(laptopId, ['news']);
    links[1].cut();
    const revoked = one.subscriptions.revoke('ann', 'news').catch((error: unknown) => error);
    await phone.next('unsubscribe_response');
    await passTime();
    expect(await revoked).toMatchObject({ code: 'UNAVAILABLE', details: { unconfirmed: 1 } });
    expect(two.subscriptions.subscriptionsOf(laptopId)).toEqual(['news']);
    links[1].connect();
    await one.subscriptions.broadcast('news', 'later');
    await laptop.settle();
    expect(two.subscriptions.subscriptionsOf(laptopId)).toEqual([]);
    expect(laptop.received.filter(({ type }) => type === 'event')).toEqual([]);
  });
});
