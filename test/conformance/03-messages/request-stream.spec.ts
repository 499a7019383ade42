import { Injectable } from '@nestjs/common';
import { ConnectedSocket, MessageBody } from '@nestjs/websockets';
import { type Connection, RequestSignal, WsError, WsErrorCode, WsRequest } from '@skreaver/nestjs-ws';
import { Observable, interval, map } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { encodings, speak } from '../../support/encodings.js';
import { OutboxProbe } from '../../support/outbox-probe.js';
import { type TestApp, startApp } from '../../support/test-app.js';
import type { MessageOf, TestClient } from '../../support/test-client.js';

/** More than loopback takes before anything waits on our side. */
const CHUNK = 'x'.repeat(2_000);
const CHUNKS = 10_000;

@Injectable()
class Streams {
  made = 0;
  closed = 0;
  readonly reasons: unknown[] = [];
  release = (): void => {};

  @WsRequest('count')
  async *count(@MessageBody('to') to: number): AsyncGenerator<number, { counted: number }> {
    for (let n = 0; n < to; n += 1) yield n;
    return { counted: to };
  }

  @WsRequest('large')
  async *large(): AsyncGenerator<string> {
    try {
      for (this.made = 0; this.made < CHUNKS; this.made += 1) yield CHUNK;
    } finally {
      this.closed += 1;
    }
  }

  @WsRequest('slow')
  async *slow(@RequestSignal() signal: AbortSignal): AsyncGenerator<number> {
    signal.addEventListener('abort', () => this.reasons.push(signal.reason));
    try {
      yield 0;
      await new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason as Error)));
    } finally {
      this.closed += 1;
    }
  }

  @WsRequest('survivor', { outlivesConnection: true })
  async *survivor(@RequestSignal() signal: AbortSignal): AsyncGenerator<number> {
    signal.addEventListener('abort', () => this.reasons.push(signal.reason));
    yield 0;
    await new Promise<void>((resolve) => (this.release = resolve));
    for (this.made = 0; this.made < 10; this.made += 1) yield this.made;
    this.closed += 1;
  }

  @WsRequest('refused')
  async *refused(): AsyncGenerator<number> {
    yield 1;
    throw new WsError(WsErrorCode.PermissionDenied, 'No further.');
  }

  @WsRequest('ticks')
  ticks(): Observable<number> {
    return new Observable((subscriber) => {
      const ticking = interval(5).subscribe(subscriber);
      return () => {
        ticking.unsubscribe();
        this.closed += 1;
      };
    });
  }

  @WsRequest('list')
  list(): number[] {
    return [1, 2];
  }

  @WsRequest('later')
  async later(@ConnectedSocket() connection: Connection): Promise<Observable<string>> {
    return interval(1).pipe(map((n) => `${connection.id} ${n}`));
  }
}

async function streaming(options = {}): Promise<{ app: TestApp; client: TestClient; streams: Streams }> {
  const app = await startApp(options, { providers: [Streams] });
  const client = await app.connect('', { perMessageDeflate: false });
  return { app, client, streams: app.app.get(Streams) };
}

const request = (method: string, id: string, extra: object = {}) => ({
  type: 'request',
  correlation_id: id,
  data: { method, ...extra },
});

function answers(client: TestClient, id: string): MessageOf<'response'>['data'][] {
  const own = client.received.filter(({ correlation_id }) => correlation_id === id) as MessageOf<'response'>[];
  return own.map(({ data }) => data);
}

async function terminal(client: TestClient, id: string): Promise<MessageOf<'response'>['data']> {
  const isTerminal = (message: { type: string; correlation_id?: string | undefined; data?: unknown }): boolean =>
    message.correlation_id === id && (message.data as { status: string }).status !== 'pending';
  return (await client.nextWhere((message): message is MessageOf<'response'> => isTerminal(message), 'terminal')).data;
}

describe.each(encodings)('a streamed result, in %s', (_encoding, protocols) => {
  speak(protocols);

  it("is sent as pending chunks numbered from 0, and then success with the generator's return value", async () => {
    const { client } = await streaming();
    client.send(request('count', 'r', { params: { to: 3 } }));
    expect(await terminal(client, 'r')).toEqual({ status: 'success', result: { counted: 3 } });
    expect(answers(client, 'r').slice(0, -1)).toEqual(
      [0, 1, 2].map((n) => ({ status: 'pending', result: n, sequence: n })),
    );
  });

  it('that fails midway ends with its error after the chunks', async () => {
    const { client } = await streaming();
    client.send(request('refused', 'r'));
    expect(await terminal(client, 'r')).toEqual({
      status: 'error',
      error: { code: 'PERMISSION_DENIED', message: 'No further.' },
    });
    expect(answers(client, 'r')).toHaveLength(2);
  });

  it('is not made of an array, which is one plain result', async () => {
    const { client } = await streaming();
    expect((await client.request('list')).data).toEqual({ status: 'success', result: [1, 2] });
  });

  it('may be a promise of an Observable', async () => {
    const { client } = await streaming();
    client.send(request('later', 'r'));
    const { data } = await client.next('response');
    expect(data).toMatchObject({ status: 'pending', sequence: 0, result: expect.stringMatching(/ 0$/) as string });
  });

  it('keeps its own order among concurrent ones', async () => {
    const { client } = await streaming();
    for (const id of ['a', 'b', 'c']) client.send(request('count', id, { params: { to: 200 } }));
    for (const id of ['a', 'b', 'c']) {
      await terminal(client, id);
      const chunks = answers(client, id).slice(0, -1);
      expect(chunks).toEqual(chunks.map((_chunk, n) => ({ status: 'pending', result: n, sequence: n })));
      expect(chunks).toHaveLength(200);
    }
  });

  it('of 10,000 chunks waits for a client that does not read, and then arrives whole, in order, with one end', async () => {
    const { app, client, streams } = await streaming();
    const probe = new OutboxProbe(app, app.registry.list()[0]?.id ?? '');
    client.send(request('large', 'r'));
    await client.next('response');
    client.stall();
    await expect.poll(() => probe.backlog).toBeGreaterThan(0);
    const paused = streams.made;
    expect(paused).toBeLessThan(CHUNKS);
    for (let turns = 0; turns < 1000; turns += 1) await new Promise((resolve) => setImmediate(resolve));
    expect(streams.made).toBe(paused);
    expect(probe.waitingFrames).toBeLessThanOrEqual(2);
    client.webSocket.resume();
    expect(await terminal(client, 'r')).toEqual({ status: 'success', result: null });
    const got = answers(client, 'r');
    expect(got).toHaveLength(CHUNKS + 1);
    expect(got.slice(0, -1).every((chunk, at) => chunk.status === 'pending' && chunk.sequence === at)).toBe(true);
    expect(streams.closed).toBe(1);
  });
});

describe.each(encodings)('a stream, in %s', (_encoding, protocols) => {
  speak(protocols);

  it('ends at a cancel with status cancelled and nothing after it, and runs its finally blocks', async () => {
    const { client, streams } = await streaming();
    client.send(request('slow', 'r'));
    await client.next('response');
    const cancel = await client.request('cancel', { correlation_id: 'r' });
    expect(cancel.data).toEqual({ status: 'success', result: { cancelled: true } });
    expect(answers(client, 'r')).toEqual([{ status: 'pending', result: 0, sequence: 0 }, { status: 'cancelled' }]);
    await expect.poll(() => streams.closed).toBe(1);
    expect(streams.reasons).toMatchObject([{ code: 'REQUEST_CANCELLED' }]);
    await client.settle();
    expect(answers(client, 'r')).toHaveLength(2);
  });

  it('runs its finally blocks at once at a cancel while its client does not read', async () => {
    const { app, client, streams } = await streaming();
    const probe = new OutboxProbe(app, app.registry.list()[0]?.id ?? '');
    client.send(request('large', 'r'));
    await client.next('response');
    client.stall();
    await expect.poll(() => probe.backlog).toBeGreaterThan(0);
    client.send(request('cancel', 'c', { params: { correlation_id: 'r' } }));
    await expect.poll(() => streams.closed).toBe(1);
    client.webSocket.resume();
    expect(await terminal(client, 'r')).toEqual({ status: 'cancelled' });
  });

  it('ends at its timeout with REQUEST_TIMEOUT and nothing after it', async () => {
    const { client, streams } = await streaming();
    client.send(request('slow', 'r', { timeout: 60 }));
    expect(await terminal(client, 'r')).toMatchObject({ status: 'error', error: { code: 'REQUEST_TIMEOUT' } });
    await expect.poll(() => streams.closed).toBe(1);
    expect(streams.reasons).toMatchObject([{ code: 'REQUEST_TIMEOUT' }]);
    await client.settle();
    expect(answers(client, 'r')).toHaveLength(2);
  });

  it('stops when its connection ends', async () => {
    const { client, streams } = await streaming();
    client.send(request('slow', 'r'));
    await client.next('response');
    client.webSocket.terminate();
    await expect.poll(() => streams.closed).toBe(1);
    expect(streams.reasons).toMatchObject([{ code: 'CONNECTION_CLOSED' }]);
  });

  it('stops when its connection ends while its client does not read', async () => {
    const { app, client, streams } = await streaming();
    const [connection] = app.registry.list();
    const probe = new OutboxProbe(app, connection?.id ?? '');
    client.send(request('large', 'r'));
    await client.next('response');
    client.stall();
    await expect.poll(() => probe.backlog).toBeGreaterThan(0);
    void app.registry.disconnect(connection?.id ?? '');
    await expect.poll(() => streams.closed).toBe(1);
  });

  it('is unsubscribed from when an Observable is cancelled', async () => {
    const { client, streams } = await streaming();
    client.send(request('ticks', 'r'));
    await client.next('response');
    await client.request('cancel', { correlation_id: 'r' });
    expect(streams.closed).toBe(1);
    expect(answers(client, 'r').at(-1)).toEqual({ status: 'cancelled' });
  });
});

describe.each(encodings)('a method that outlives its connection, in %s', (_encoding, protocols) => {
  speak(protocols);

  it('runs to its end after the client has gone, and its signal is not aborted', async () => {
    const { app, client, streams } = await streaming();
    client.send(request('survivor', 'r'));
    await client.next('response');
    client.webSocket.terminate();
    await expect.poll(() => app.registry.list()).toEqual([]);
    streams.release();
    await expect.poll(() => streams.closed).toBe(1);
    expect(streams.made).toBe(10);
    expect(streams.reasons).toEqual([]);
  });

  it('is still aborted at its timeout', async () => {
    const { client, streams } = await streaming();
    client.send(request('survivor', 'r', { timeout: 100 }));
    await client.next('response');
    client.webSocket.terminate();
    await expect.poll(() => streams.reasons).toMatchObject([{ code: 'REQUEST_TIMEOUT' }]);
  });
});

describe.each(encodings)('an Observable that is faster than its connection, in %s', (_encoding, protocols) => {
  speak(protocols);

  it('fails with RATE_LIMIT_EXCEEDED once broadcastBufferSize chunks wait, and the connection stays', async () => {
    let stopped = false;
    @Injectable()
    class Flood {
      @WsRequest('flood')
      flood(): Observable<string> {
        return new Observable((subscriber) => {
          const ticking = setInterval(() => subscriber.next(CHUNK.repeat(10)), 0);
          return () => {
            clearInterval(ticking);
            stopped = true;
          };
        });
      }
    }
    const app = await startApp({ broadcastBufferSize: 20 }, { providers: [Flood] });
    const client = await app.connect('', { perMessageDeflate: false });
    client.send(request('flood', 'r'));
    await client.next('response');
    client.stall();
    await expect.poll(() => stopped, { timeout: 20_000 }).toBe(true);
    client.webSocket.resume();
    expect(await terminal(client, 'r')).toMatchObject({
      status: 'error',
      error: { code: 'RATE_LIMIT_EXCEEDED', details: { max: 20 } },
    });
    await client.settle();
  });
});
