import { describe, expect, it } from 'vitest';
import { ClientRig } from '../../../../test/support/client/client-rig.js';
import { settled } from '../../../../test/support/client/fake-clock.js';

const outcome = (promise: Promise<unknown>): { value?: unknown; error?: unknown; settled: number } => {
  const result: { value?: unknown; error?: unknown; settled: number } = { settled: 0 };
  promise.then(
    (value) => Object.assign(result, { value, settled: result.settled + 1 }),
    (error: unknown) => Object.assign(result, { error, settled: result.settled + 1 }),
  );
  return result;
};

describe('a request', () => {
  it('waits for the connection, and is sent with the time that is left', async () => {
    const rig = new ClientRig();
    const result = outcome(rig.client.request('m', { a: 1 }));
    await rig.clock.pass(4_000);
    await rig.open();
    expect(rig.socket.of('request').map(({ data }) => data)).toEqual([
      { method: 'm', params: { a: 1 }, timeout: 6_000 },
    ]);
    await rig.respond({ status: 'success', result: 7 });
    expect(result).toEqual({ value: 7, settled: 1 });
  });

  it('rejects with the error of the server', async () => {
    const rig = new ClientRig();
    await rig.connect();
    const result = outcome(rig.client.request('m'));
    const error = { code: 'RATE_LIMIT_EXCEEDED', message: 'Slow down.', details: { retry_after_ms: 5 } };
    await rig.respond({ status: 'error', error });
    expect(result.error).toMatchObject({ ...error, retryable: true });
    const cancelled = outcome(rig.client.request('m'));
    await rig.respond({ status: 'cancelled' });
    expect(cancelled.error).toMatchObject({ code: 'REQUEST_CANCELLED' });
  });

  it('is settled once, whatever comes later', async () => {
    const rig = new ClientRig();
    await rig.connect();
    const abort = new AbortController();
    const result = outcome(rig.client.request('m', 1, { signal: abort.signal, timeout: 1_000 }));
    await rig.clock.pass(1_000);
    abort.abort();
    await rig.respond({ status: 'success' });
    rig.client.disconnect();
    await settled();
    expect(result).toEqual({ error: expect.objectContaining({ code: 'TIMEOUT' }), settled: 1 });
  });

  it('is cancelled on the server when its signal aborts or its time is over', async () => {
    const rig = new ClientRig();
    await rig.connect();
    const abort = new AbortController();
    const result = outcome(rig.client.request('m', 1, { signal: abort.signal }));
    const id = rig.socket.of('request')[0]?.correlation_id;
    abort.abort(new Error('enough'));
    await settled();
    expect(result.error).toEqual(new Error('enough'));
    expect(rig.socket.of('request')[1]?.data).toEqual({ method: 'cancel', params: { correlation_id: id } });
    const aborted = outcome(rig.client.request('m', 1, { signal: abort.signal }));
    await settled();
    expect([aborted.error, rig.socket.of('request').length]).toEqual([new Error('enough'), 2]);
  });

  it('rejects at once without a connection where it is volatile, and beyond the bound of those that wait', async () => {
    const rig = new ClientRig({ maxQueued: 2 });
    const all = [{ volatile: true }, {}, {}, {}].map((options) => outcome(rig.client.request('m', 1, options)));
    await settled();
    expect(all.map(({ error }) => (error as { code: string } | undefined)?.code)).toEqual([
      'NOT_CONNECTED',
      undefined,
      undefined,
      'QUEUE_FULL',
    ]);
  });

  it('rejects when the connection is lost after it was sent; one that was not sent goes on waiting', async () => {
    const rig = new ClientRig();
    await rig.connect();
    const sent = outcome(rig.client.request('m'));
    rig.socket.end(1006);
    const waiting = outcome(rig.client.request('n'));
    await settled();
    expect(sent.error).toMatchObject({ code: 'CONNECTION_LOST', sent: true, closeCode: 1006, retryable: true });
    await rig.clock.pass(2_000);
    await rig.open();
    await rig.respond({ status: 'success', result: 1 });
    expect(waiting.value).toBe(1);
  });

  it('rejects when the client is disconnected or stopped', async () => {
    const rig = new ClientRig();
    const waiting = outcome(rig.client.request('m'));
    rig.client.disconnect();
    await settled();
    expect(waiting.error).toMatchObject({ code: 'NOT_CONNECTED' });
    await rig.connect();
    rig.socket.end(4505, 'FORCED_DISCONNECT');
    const stopped = outcome(rig.client.request('m'));
    await settled();
    expect(stopped.error).toMatchObject({ code: 'FORCED_DISCONNECT' });
    expect(rig.clock.timers).toBe(0);
  });

  it('rejects alone where its params are not JSON, also when it has waited', async () => {
    const rig = new ClientRig();
    const waited = outcome(rig.client.request('m', { n: 1n }));
    const other = outcome(rig.client.request('other'));
    await rig.connect();
    const late = outcome(rig.client.request('m', { n: 1n }));
    await rig.respond({ status: 'success', result: 7 });
    expect([waited.error, late.error]).toEqual([expect.any(TypeError), expect.any(TypeError)]);
    expect([other, rig.errors]).toEqual([{ value: 7, settled: 1 }, []]);
    rig.client.disconnect();
    expect(rig.clock.timers).toBe(0);
  });

  it('rejects with an error where its signal has no reason, as in React Native', async () => {
    const rig = new ClientRig();
    const target = new EventTarget();
    const signal = Object.assign(target, { aborted: false }) as AbortSignal;
    const result = outcome(rig.client.request('m', 1, { signal }));
    signal.dispatchEvent(new Event('abort'));
    await settled();
    expect(result.error).toMatchObject({ code: 'REQUEST_CANCELLED' });
  });

  it('that is made after setToken waits until that token is taken, so that it is not done as the former user', async () => {
    const rig = new ClientRig({ token: 'of ann' });
    const socket = await rig.connect();
    rig.client.setToken('of ann, newer');
    const renewed = outcome(rig.client.request('m'));
    expect(socket.of('request')).toEqual([]);
    rig.accept();
    await rig.respond({ status: 'success', result: 1 });
    rig.client.setToken('of bob');
    const switched = outcome(rig.client.request('m'));
    rig.refuse();
    await rig.open('bob');
    expect(socket.of('request')).toHaveLength(1);
    await rig.respond({ status: 'success', result: 2 });
    expect([renewed.value, switched.value]).toEqual([1, 2]);
  });

  it.each([
    ['50 at once and then 40 a second', undefined, [50, 90, 100]],
    ['half the burst that the server told at once and then four fifths of its rate', [25, 20], [10, 30, 50]],
    ['one at a time where the server takes no more', [1, 1], [1, 1, 2]],
  ])('is one of %s', async (_pace, told, expected) => {
    const rig = new ClientRig({ token: 't' });
    for (let at = 0; at < 100; at += 1) void rig.client.request('m', at, { timeout: 60_000 }).catch(() => {});
    await settled();
    rig.socket.open();
    rig.accept('ann', told && { message_rate: told[0], message_burst: told[1] });
    const counts = [rig.socket.of('request').length];
    for (let second = 0; second < 2; second += 1) {
      await rig.clock.pass(1_000);
      counts.push(rig.socket.of('request').length);
    }
    expect(counts).toEqual(expected);
    rig.client.disconnect();
  });
});

describe('a publication', () => {
  const keyOf = (rig: ClientRig, at = 0) =>
    (rig.socket.of('request')[at]?.data.params as { idempotency_key?: string } | undefined)?.idempotency_key;

  it('has a key of its own, unless it is given one or none', async () => {
    const rig = new ClientRig({ random: Math.random });
    await rig.connect();
    for (const idempotencyKey of [undefined, undefined, 'mine', false] as const) {
      rig.client.publish('a', 1, { idempotencyKey }).catch(() => {});
    }
    const [first, second, third, fourth] = [0, 1, 2, 3].map((at) => keyOf(rig, at));
    expect(first).not.toBe(second);
    expect([first?.length, third, fourth]).toEqual([
      expect.toSatisfy((n: number) => n > 10 && n <= 128),
      'mine',
      undefined,
    ]);
    rig.client.disconnect();
  });

  it('is sent again under its key when the connection was lost before the answer', async () => {
    const rig = new ClientRig({ token: 't' });
    await rig.connect();
    const result = outcome(rig.client.publish('a', 1));
    const key = keyOf(rig);
    rig.socket.end(1006);
    await rig.clock.pass(2_000);
    await rig.open();
    expect(keyOf(rig)).toBe(key);
    await rig.respond({ status: 'success', result: { delivered: 0, duplicate: true } });
    expect(result.value).toEqual({ delivered: 0, duplicate: true });
  });

  it.each([
    ['an anonymous client, whose keys end with the connection', { userId: 'anonymous_1' }, {}],
    ['one without a key', { userId: 'ann' }, { idempotencyKey: false as const }],
  ])('is not sent again for %s', async (_, { userId }, options) => {
    const rig = new ClientRig({ token: 't' });
    rig.client.connect();
    await rig.open(userId);
    const result = outcome(rig.client.publish('a', 1, options));
    rig.socket.end(1006);
    await settled();
    expect(result.error).toMatchObject({ sent: true });
  });

  it.each([
    ['while it is connected', (rig: ClientRig) => rig.refuse()],
    ['while it is not', (rig: ClientRig) => rig.socket.end(1006)],
  ])('is not sent again by another user, to whom the client is switched %s', async (_when, lose) => {
    const rig = new ClientRig({ token: 'of ann' });
    await rig.connect();
    const result = outcome(rig.client.publish('a', 1));
    rig.client.setToken('of bob');
    lose(rig);
    await rig.clock.pass(3_000);
    await rig.open('bob');
    expect(rig.socket.of('request')).toEqual([]);
    expect(result.error).toMatchObject({ sent: true });
  });

  it('is sent again when the server asks for it, until its time is over', async () => {
    const rig = new ClientRig({ token: 't' });
    await rig.connect();
    const result = outcome(rig.client.publish('a', 1));
    const error = { code: 'UNAVAILABLE', message: '', details: { retry_after_ms: 3_000 } };
    await rig.respond({ status: 'error', error });
    await rig.clock.pass(2_900);
    expect(rig.socket.of('request')).toHaveLength(1);
    await rig.clock.pass(200);
    expect(rig.socket.of('request')).toHaveLength(2);
    await rig.respond({ status: 'error', error });
    await rig.clock.pass(10_000);
    expect(result).toEqual({ error: expect.objectContaining({ code: 'TIMEOUT' }), settled: 1 });
    const refused = outcome(rig.client.publish('a', 1));
    await rig.respond({ status: 'error', error: { code: 'PERMISSION_DENIED', message: 'No.' } });
    expect(refused.error).toMatchObject({ code: 'PERMISSION_DENIED', message: 'No.' });
  });
});

describe('a stream', () => {
  const chunk = (rig: ClientRig, sequence: number): Promise<void> =>
    rig.respond({ status: 'pending', result: sequence, sequence });

  it('gives its chunks in order, then its result, and has no limit of time by itself', async () => {
    const rig = new ClientRig();
    await rig.connect();
    const stream = rig.client.stream('m');
    const seen: unknown[] = [];
    const reading = (async () => {
      for await (const value of stream) seen.push(value);
    })();
    for (const sequence of [0, 1, 2]) {
      await rig.clock.pass(20_000);
      rig.socket.receive({ type: 'ping' });
      await chunk(rig, sequence);
    }
    await rig.respond({ status: 'success', result: 'done' });
    await reading;
    expect([seen, await stream.result]).toEqual([[0, 1, 2], 'done']);
  });

  it('is cancelled when its reader leaves, when it is told to, and when its signal aborts', async () => {
    const rig = new ClientRig();
    await rig.connect();
    const left = rig.client.stream('m');
    await chunk(rig, 0);
    for await (const _ of left) break;
    await expect(left.result).rejects.toMatchObject({ code: 'REQUEST_CANCELLED' });
    const cancelled = rig.client.stream('m');
    cancelled.cancel(new Error('enough'));
    await expect(cancelled.result).rejects.toThrow('enough');
    const abort = new AbortController();
    const aborted = rig.client.stream('m', 1, { signal: abort.signal });
    abort.abort(new Error('over'));
    await expect(aborted[Symbol.asyncIterator]().next()).rejects.toThrow('over');
    expect(rig.socket.of('request').filter(({ data }) => data.method === 'cancel')).toHaveLength(3);
  });

  it('fails when a chunk is missing, when too many wait, and with its connection', async () => {
    const rig = new ClientRig();
    await rig.connect();
    const gap = rig.client.stream('m');
    await chunk(rig, 1);
    await expect(gap.result).rejects.toMatchObject({ code: 'PROTOCOL_ERROR' });
    const slow = rig.client.stream('m', 1, { buffer: 1 });
    await chunk(rig, 0);
    await chunk(rig, 1);
    await expect(slow.result).rejects.toMatchObject({ code: 'QUEUE_FULL' });
    const lost = rig.client.stream('m');
    rig.socket.end(1006);
    await expect(lost.result).rejects.toMatchObject({ sent: true });
    await expect(lost[Symbol.asyncIterator]().next()).rejects.toMatchObject({ sent: true });
  });
});
