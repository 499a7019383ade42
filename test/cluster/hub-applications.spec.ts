import { describe, expect, it, vi } from 'vitest';
import { hubBackplane } from '../../libs/workers/src/index.js';
import { HubProcess } from '../support/hub-process.js';
import { startApp, testAuth } from '../support/test-app.js';

const channels = { chat: { history: { size: 1000, ttl: 600_000 } }, room: { presence: true } };

/** An application with a proxy of its own before the hub. */
async function appOn(hub: HubProcess) {
  const { proxy, path } = await hub.behindProxy();
  const app = await startApp({ ...testAuth, backplane: hubBackplane({ path }), channels, presenceLeaveDelay: 100 });
  const publish = (data: unknown) => app.subscriptions.broadcast('chat', data);
  return { app, proxy, publish };
}

describe('two applications on one hub', () => {
  it('deliver once each and in order what is published while a connection is cut again and again', async () => {
    const hub = await HubProcess.start();
    const [one, other] = [await appOn(hub), await appOn(hub)];
    const client = await other.app.connect('?token=token-ann');
    await client.subscribe('chat');
    for (let number = 0; number < 300; number += 1) {
      if (number % 60 === 30) other.proxy.cut();
      await one.publish(number);
    }
    for (let number = 0; number < 300; number += 1) expect((await client.next('event')).data).toBe(number);
    expect(client.received.filter(({ type }) => type === 'subscribe_response')).toHaveLength(1);
  });

  it('tell every subscriber that the hub was killed and remembers nothing', async () => {
    const hub = await HubProcess.start();
    const [one, other] = [await appOn(hub), await appOn(hub)];
    const clients = [await one.app.connect('?token=token-ann'), await other.app.connect('?token=token-bob')];
    for (const client of clients) await client.subscribe('chat');
    const lost = await other.publish('before');
    for (const client of clients) expect((await client.next('event')).data).toBe('before');
    await hub.kill();
    await hub.startAgain();
    for (const client of clients) {
      const notice = await client.next('subscribe_response');
      const position = notice.data.positions?.['chat'];
      expect(position).toMatchObject({ recovered: false });
      expect(position?.epoch).not.toBe(lost.epoch);
    }
    await one.publish('after');
    for (const client of clients) expect((await client.next('event')).data).toBe('after');
  });

  it('withdraw a question that was answered on the other, and one whose time is over', async () => {
    const hub = await HubProcess.start();
    const [one, other] = [await appOn(hub), await appOn(hub)];
    const [phone, laptop] = [await one.app.connect('?token=token-ann'), await other.app.connect('?token=token-ann')];
    const answer = one.app.subscriptions.ask({ user: 'ann' }, 'ready?');
    const { correlation_id } = await phone.next('event');
    await laptop.next('event');
    laptop.send({ type: 'ack', correlation_id, data: 'yes' });
    expect(await answer).toBe('yes');
    expect(await phone.next('event')).toMatchObject({ correlation_id, metadata: { kind: 'withdrawn' } });
    const late = one.app.subscriptions.ask({ user: 'ann' }, 'and now?', { timeout: 500 });
    await expect(late).rejects.toMatchObject({ code: 'REQUEST_TIMEOUT' });
    for (const client of [phone, laptop]) {
      const { correlation_id: id } = await client.next('event');
      expect(await client.next('event')).toMatchObject({ correlation_id: id, metadata: { kind: 'withdrawn' } });
    }
  });

  it('show the members of both, and let those of one leave that is gone without a word', async () => {
    const hub = await HubProcess.start();
    const [one, other] = [await appOn(hub), await appOn(hub)];
    const clients = [await one.app.connect('?token=token-ann'), await other.app.connect('?token=token-bob')];
    for (const client of clients) await client.subscribe('room');
    const users = async (): Promise<string> => {
      const { members } = await one.app.subscriptions.presence('room');
      return members.map(({ userId }) => userId).join();
    };
    await vi.waitUntil(async () => (await users()) === 'ann,bob', { timeout: 20_000 });
    other.proxy.refuse();
    await vi.waitUntil(async () => (await users()) === 'ann', { timeout: 20_000, interval: 100 });
    other.proxy.accept();
    await vi.waitUntil(async () => (await users()) === 'ann,bob', { timeout: 20_000, interval: 100 });
  });

  it('report their members again to a hub that was started anew', async () => {
    const hub = await HubProcess.start();
    const [one, other] = [await appOn(hub), await appOn(hub)];
    const clients = [await one.app.connect('?token=token-ann'), await other.app.connect('?token=token-bob')];
    for (const client of clients) await client.subscribe('room');
    const count = async (): Promise<number> => (await one.app.subscriptions.presence('room')).members.length;
    await vi.waitUntil(async () => (await count()) === 2, { timeout: 20_000 });
    await hub.kill();
    await hub.startAgain();
    await vi.waitUntil(async () => (await count().catch(() => 0)) === 2, { timeout: 20_000, interval: 100 });
  });

  it('revoke on both, also while one is cut off', async () => {
    const hub = await HubProcess.start();
    const [one, other] = [await appOn(hub), await appOn(hub)];
    const client = await other.app.connect('?token=token-ann');
    await client.subscribe('chat');
    other.proxy.refuse();
    const revoked = one.app.subscriptions.revoke('ann', 'chat');
    await expect(revoked).rejects.toMatchObject({ details: { unconfirmed: 1 } });
    await one.publish('later');
    other.proxy.accept();
    expect((await client.next('unsubscribe_response')).data).toMatchObject({ unsubscribed: ['chat'] });
    expect(client.received.filter(({ type }) => type === 'event')).toEqual([]);
  });
});
