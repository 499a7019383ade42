import { describe, expect, it } from 'vitest';
import { ClientRig, position } from '../../../../test/support/client/client-rig.js';
import { settled } from '../../../../test/support/client/fake-clock.js';
import type { ConsumeOptions } from './consumer.js';

const consuming = async (options: ConsumeOptions = {}, fails: (data: unknown) => boolean = () => false) => {
  const rig = new ClientRig({ token: 't' });
  const log: unknown[] = [];
  const consumer = rig.client.consume(
    'a',
    ({ data }) => {
      log.push(data);
      if (fails(data)) throw new Error(`failed at ${String(data)}`);
    },
    options,
  );
  await rig.open();
  return { rig, log, consumer };
};

const acks = (rig: ClientRig): unknown[] => rig.socket.of('ack').map(({ data }) => (data as { offset: number }).offset);

describe('a consumer', () => {
  it('begins after what the user has acknowledged, and acknowledges what it has handled', async () => {
    const { rig, log } = await consuming({ ackEvery: { events: 2 } });
    expect(rig.socket.of('subscribe')[0]?.data.channels).toEqual([{ channel: 'a', since: 'acked' }]);
    await rig.subscribed({ a: position(12, true) });
    for (const offset of [11, 12, 13]) rig.at('a', offset);
    await settled();
    expect([log, acks(rig)]).toEqual([[11, 12, 13], [12]]);
    await rig.clock.pass(1_000);
    expect(acks(rig)).toEqual([12, 13]);
  });

  it('acknowledges where it begins if nothing was acknowledged before, so that nothing is missed from then on', async () => {
    const { rig } = await consuming();
    await rig.subscribed({ a: position(10) });
    expect(acks(rig)).toEqual([10]);
  });

  it('handles one event at a time, in order', async () => {
    const rig = new ClientRig();
    const done: (() => void)[] = [];
    const begun: unknown[] = [];
    rig.client.consume('a', ({ data }) => {
      begun.push(data);
      return new Promise<void>((resolve) => done.push(resolve));
    });
    await rig.open();
    await rig.subscribed({ a: position(12, true) });
    for (const offset of [11, 12]) rig.at('a', offset);
    await settled();
    expect(begun).toEqual([11]);
    done[0]?.();
    await settled();
    expect(begun).toEqual([11, 12]);
  });

  it('goes on from its own position after a reconnect, and acknowledges then what it handled meanwhile', async () => {
    const { rig, log } = await consuming();
    await rig.subscribed({ a: position(12, true) });
    rig.at('a', 11);
    rig.at('a', 12);
    await settled();
    rig.socket.end(1006);
    await rig.clock.pass(30_000);
    await rig.open();
    expect(rig.socket.of('subscribe')[0]?.data.channels).toEqual([{ channel: 'a', since: { epoch: 'e', offset: 12 } }]);
    await rig.subscribed({ a: position(13, true) });
    rig.at('a', 13);
    await settled();
    expect([log, acks(rig)]).toEqual([[11, 12, 13], [12]]);
  });

  it('never acknowledges by the offset of a counter that has begun anew', async () => {
    const { rig } = await consuming({ ackEvery: { events: 100 } });
    await rig.subscribed({ a: position(12, true) });
    rig.at('a', 11);
    await settled();
    rig.socket.end(1006);
    await rig.clock.pass(30_000);
    await rig.open();
    await rig.subscribed({ a: position(3, false, 'new') });
    expect(acks(rig)).toEqual([3]);
  });

  it('stops at an error, and does not acknowledge that event', async () => {
    const { rig, log, consumer } = await consuming({ ackEvery: { events: 1 } }, (data) => data === 12);
    await rig.subscribed({ a: position(13, true) });
    for (const offset of [11, 12, 13]) rig.at('a', offset);
    await expect(consumer.done).rejects.toThrow('failed at 12');
    expect([log, acks(rig)]).toEqual([[11, 12], [11]]);
    await rig.clock.pass(2_000);
    expect(rig.socket.of('unsubscribe')).toHaveLength(1);
  });

  it('skips an event, or tries it again after a time that grows, where it is told to', async () => {
    let failures = 0;
    const { rig, log, consumer } = await consuming(
      { onError: () => (failures < 3 ? 'retry' : 'skip') },
      (data) => data === 12 && (failures += 1) > 0,
    );
    await rig.subscribed({ a: position(13, true) });
    for (const offset of [11, 12, 13]) rig.at('a', offset);
    await settled();
    expect(log).toEqual([11, 12]);
    await rig.clock.pass(1_100);
    expect(log).toEqual([11, 12, 12]);
    await rig.clock.pass(2_100);
    expect(log).toEqual([11, 12, 12, 12, 13]);
    await consumer.close();
  });

  it('stops where events may have been missed, if it is told to', async () => {
    const { rig, consumer } = await consuming({ onUnrecovered: 'stop' });
    await rig.subscribed({ a: position(10) });
    await expect(consumer.done).rejects.toMatchObject({ code: 'UNRECOVERED' });
    const asking = await consuming({ onUnrecovered: ({ position: at }) => (at?.offset === 10 ? 'continue' : 'stop') });
    await asking.rig.subscribed({ a: position(10) });
    expect(acks(asking.rig)).toEqual([10]);
  });

  it('stops when the server refuses the channel, and says so to the client too, once', async () => {
    const { rig, consumer } = await consuming();
    await rig.subscribed({}, [{ channel: 'a', code: 'PERMISSION_DENIED', message: 'No.' }]);
    const refusal = { code: 'PERMISSION_DENIED', channel: 'a' };
    await expect(consumer.done).rejects.toMatchObject(refusal);
    await rig.clock.pass(300);
    expect(rig.errors).toMatchObject([refusal]);
  });

  it('stops when the server takes the channel away', async () => {
    const { rig, consumer } = await consuming();
    await rig.subscribed({ a: position(12, true) });
    const data = { success: true, unsubscribed: ['a'], reason: 'PERMISSION_DENIED' };
    rig.socket.receive({ type: 'unsubscribe_response', data });
    await expect(consumer.done).rejects.toMatchObject({ code: 'PERMISSION_DENIED' });
  });

  it('handles what the server has dropped too, before it acknowledges what comes after', async () => {
    const { rig, log } = await consuming({ ackEvery: { events: 1 } });
    await rig.subscribed({ a: position(10, true) });
    rig.at('a', 12, { gap: { from: 11, to: 11 } });
    await settled();
    expect([log, acks(rig)]).toEqual([[], []]);
    const events = [11, 12].map((offset) => ({
      data: offset,
      metadata: { channel: 'a', timestamp: 1, epoch: 'e', offset },
    }));
    await rig.respond({ status: 'success', result: { events, epoch: 'e', offset: 12 } });
    expect([log, acks(rig)]).toEqual([
      [11, 12],
      [11, 12],
    ]);
  });

  it('leaves the channel when too many events wait, and goes on after those that did', async () => {
    const rig = new ClientRig();
    const done: (() => void)[] = [];
    const begun: unknown[] = [];
    const handle = ({ data }: { data: unknown }): Promise<void> => {
      begun.push(data);
      return new Promise<void>((resolve) => done.push(resolve));
    };
    rig.client.consume('a', handle, { buffer: 2 });
    await rig.open();
    await rig.subscribed({ a: position(20, true) });
    for (const offset of [11, 12, 13, 14, 15, 16, 17, 18]) rig.at('a', offset);
    await rig.clock.pass(300);
    expect(rig.socket.of('unsubscribe')).toHaveLength(1);
    for (let at = 0; at < 8; at += 1) {
      done[at]?.();
      await settled();
    }
    const last = begun.at(-1) as number;
    expect(begun).toEqual([11, 12, 13, 14, 15, 16].slice(0, begun.length));
    expect(rig.socket.of('subscribe').at(-1)?.data.channels).toEqual([
      { channel: 'a', since: { epoch: 'e', offset: last } },
    ]);
  });

  it('ends after the event at hand when it is closed, and tells its handler', async () => {
    const rig = new ClientRig();
    let signal: AbortSignal | undefined;
    let finish: () => void = () => {};
    const begun: unknown[] = [];
    const consumer = rig.client.consume('a', ({ data }, context) => {
      ({ signal } = context);
      begun.push(data);
      return new Promise<void>((resolve) => (finish = resolve));
    });
    await rig.open();
    await rig.subscribed({ a: position(12, true) });
    for (const offset of [11, 12]) rig.at('a', offset);
    await settled();
    const closed = consumer.close();
    expect(signal?.aborted).toBe(true);
    finish();
    await closed;
    expect([begun, acks(rig)]).toEqual([[11], [11]]);
  });

  it.each(['stop', 'skip', 'retry'] as const)(
    'that is closed ends without an error, and acknowledges no event that its signal ended (onError: %s)',
    async (onError) => {
      const rig = new ClientRig({ token: 't' });
      const untilClosed = (_event: unknown, { signal }: { readonly signal: AbortSignal }) =>
        new Promise<void>((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason as Error)));
      const consumer = rig.client.consume('a', untilClosed, { onError });
      await rig.open();
      await rig.subscribed({ a: position(12, true) });
      rig.at('a', 11);
      await settled();
      const time = rig.clock.now();
      await consumer.close();
      expect([acks(rig), rig.clock.now() - time]).toEqual([[], 0]);
    },
  );
});
