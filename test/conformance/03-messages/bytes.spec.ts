import { Buffer } from 'node:buffer';
import { Injectable, UsePipes, ValidationPipe } from '@nestjs/common';
import { MessageBody } from '@nestjs/websockets';
import { RawJson, WsRequest } from '@skreaver/nestjs-ws';
import { subprotocols } from '@skreaver/protocol';
import { IsString, MaxLength } from 'class-validator';
import { describe, expect, it } from 'vitest';
import { startApp } from '../../support/test-app.js';

const KEPT = { channels: { kept: { clientPublish: true, history: { size: 10, ttl: 60_000 } } } };
const MSGPACK = { protocols: [subprotocols.msgpack] };
const BYTES = Uint8Array.of(0, 255, 128, 7);
const TEXT = 'AP+ABw==';
const data = { name: 'logo', blob: BYTES, list: [BYTES, new Uint8Array(0)], text: 'x'.repeat(2000) };
const asJson = { name: 'logo', blob: TEXT, list: [TEXT, ''], text: 'x'.repeat(2000) };

async function bothClients(app: Awaited<ReturnType<typeof startApp>>) {
  return { packed: await app.connect('', MSGPACK), json: await app.connect('', { protocols: [] }) };
}

describe('bytes in a publication', () => {
  it.each(['a client', 'the application'])(
    'by %s are bytes in MessagePack and base64 in JSON: live, in a recovery and in the history',
    async (publisher) => {
      const app = await startApp(KEPT);
      const live = await bothClients(app);
      const { data: subscribed } = await live.packed.subscribe('kept');
      await live.json.subscribe('kept');
      const since = { epoch: subscribed.positions?.['kept']?.epoch, offset: 0 };
      if (publisher === 'a client') await live.packed.request('publish', { channel: 'kept', data });
      else await app.subscriptions.broadcast('kept', data);
      expect((await live.packed.next('event')).data).toEqual(data);
      expect((await live.json.next('event')).data).toEqual(asJson);
      const recovering = await bothClients(app);
      for (const client of [recovering.packed, recovering.json]) {
        await client.ask({ type: 'subscribe', data: { channels: [{ channel: 'kept', since }] } });
      }
      expect((await recovering.packed.next('event')).data).toEqual(data);
      expect((await recovering.json.next('event')).data).toEqual(asJson);
      const events = (expected: object) => ({ status: 'success', result: { events: [{ data: expected }], offset: 1 } });
      expect((await live.packed.request('history', { channel: 'kept' })).data).toMatchObject(events(data));
      expect((await live.json.request('history', { channel: 'kept' })).data).toMatchObject(events(asJson));
    },
  );

  it('are passed on beside JSON that was published as text', async () => {
    const app = await startApp(KEPT);
    const { packed, json } = await bothClients(app);
    await app.subscriptions.broadcast('kept', new RawJson('{"b":9007199254740993,"a":1}'));
    await app.subscriptions.broadcast('kept', data, { metadata: { trace: 't' } });
    const history = await packed.request('history', { channel: 'kept', reverse: true });
    expect(history.data).toMatchObject({
      result: { events: [{ data, metadata: { app: { trace: 't' }, offset: 2 } }, { data: { a: 1 } }] },
    });
    expect((await json.request('history', { channel: 'kept' })).data).toMatchObject({
      result: { events: [{ data: { a: 1 } }, { data: asJson, metadata: { app: { trace: 't' } } }] },
    });
  });

  it('are a Buffer for the application that reads the history', async () => {
    const app = await startApp(KEPT);
    const { packed } = await bothClients(app);
    await packed.request('publish', { channel: 'kept', data: { blob: BYTES } });
    const { events } = await app.subscriptions.history('kept');
    expect(events.map((event) => event.data)).toEqual([{ blob: Buffer.from(BYTES) }]);
  });

  it('of a Buffer are those of a Uint8Array', async () => {
    const app = await startApp(KEPT);
    const { packed, json } = await bothClients(app);
    await packed.subscribe('kept');
    await json.subscribe('kept');
    await app.subscriptions.broadcast('kept', Buffer.from(BYTES));
    expect((await packed.next('event')).data).toEqual(BYTES);
    expect((await json.next('event')).data).toBe(TEXT);
  });
});

describe('bytes in an event outside of channels', () => {
  it('are sent to a user and to all in either encoding', async () => {
    const app = await startApp();
    const { packed, json } = await bothClients(app);
    await packed.settle();
    await json.settle();
    await app.subscriptions.sendToAll({ blob: BYTES });
    expect((await packed.next('event')).data).toEqual({ blob: BYTES });
    expect((await json.next('event')).data).toEqual({ blob: TEXT });
  });

  it('come back in an answer to a question', async () => {
    const app = await startApp();
    const { packed } = await bothClients(app);
    await packed.settle();
    const [connection] = app.registry.list();
    const answered = app.subscriptions.ask(connection?.id as string, { blob: BYTES });
    const { data: question, correlation_id } = await packed.next('event');
    expect(question).toEqual({ blob: BYTES });
    packed.send({ type: 'ack', correlation_id, data: { blob: BYTES } });
    expect(await answered).toEqual({ blob: Buffer.from(BYTES) });
  });
});

class Upload {
  @IsString()
  @MaxLength(10)
  name!: string;

  blob!: Buffer;
}

@Injectable()
class Blobs {
  @WsRequest('size')
  size(@MessageBody() { blob }: { blob: Uint8Array }): number {
    return blob.length;
  }

  @WsRequest('reversed')
  reversed(@MessageBody() { blob }: { blob: Uint8Array }): object {
    return { blob: Uint8Array.from(blob).toReversed() };
  }

  @WsRequest('chunks')
  async *chunks(@MessageBody() { blob }: { blob: Uint8Array }): AsyncGenerator<Uint8Array, Buffer> {
    yield blob.subarray(0, 2);
    yield blob.subarray(2);
    return Buffer.from(blob);
  }

  @WsRequest('validated')
  @UsePipes(new ValidationPipe({ transform: true }))
  validated(@MessageBody() upload: Upload): object {
    return { isBuffer: Buffer.isBuffer(upload.blob), isUpload: upload instanceof Upload, blob: upload.blob };
  }
}

describe('bytes in a request', () => {
  const start = () => startApp({}, { providers: [Blobs] });

  it('are bytes in the params, and in a result bytes in MessagePack and base64 in JSON', async () => {
    const { packed, json } = await bothClients(await start());
    expect((await packed.request('size', { blob: BYTES })).data).toEqual({ status: 'success', result: 4 });
    expect((await packed.request('reversed', { blob: BYTES })).data).toEqual({
      status: 'success',
      result: { blob: Uint8Array.of(7, 128, 255, 0) },
    });
    expect((await json.request('reversed', { blob: [...BYTES] })).data).toEqual({
      status: 'success',
      result: { blob: 'B4D/AA==' },
    });
  });

  it('may be the chunks of a stream', async () => {
    const { packed } = await bothClients(await start());
    packed.send({ type: 'request', data: { method: 'chunks', params: { blob: BYTES } }, correlation_id: 'c' });
    const responses = [await packed.next('response'), await packed.next('response'), await packed.next('response')];
    expect(responses.map((response) => response.data)).toEqual([
      { status: 'pending', result: BYTES.subarray(0, 2), sequence: 0 },
      { status: 'pending', result: BYTES.subarray(2), sequence: 1 },
      { status: 'success', result: BYTES },
    ]);
  });

  it('pass a ValidationPipe that transforms', async () => {
    const { packed } = await bothClients(await start());
    expect((await packed.request('validated', { name: 'logo', blob: BYTES })).data).toEqual({
      status: 'success',
      result: { isBuffer: true, isUpload: true, blob: BYTES },
    });
    expect((await packed.request('validated', { name: 7, blob: BYTES })).data).toMatchObject({
      status: 'error',
      error: { code: 'INVALID_PARAMS' },
    });
  });
});
