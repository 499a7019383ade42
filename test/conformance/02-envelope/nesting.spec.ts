import { describe, expect, it } from 'vitest';
import { startApp } from '../../support/test-app.js';

/** A ping whose metadata is nested so that the whole message has this many levels. */
function nested(levels: number): string {
  const inner = levels - 2;
  return `{"type":"ping","correlation_id":"deep","metadata":{"a":${'['.repeat(inner)}${']'.repeat(inner)}}}`;
}

/** A ping with this many keys in all, some of them within others. */
function withKeys(count: number): string {
  const metadata = Object.fromEntries(Array.from({ length: count - 4 }, (_, at) => [`k${at}`, at]));
  return JSON.stringify({ type: 'ping', correlation_id: 'wide', metadata: { inner: metadata } });
}

const invalid = (correlation_id: string, max: number): object => ({
  type: 'error',
  correlation_id,
  data: { code: 'INVALID_MESSAGE', details: { max } },
});

describe('a message', () => {
  it('may have 32 levels', async () => {
    const { connect } = await startApp();
    const client = await connect();
    client.send(nested(32));
    expect((await client.next('pong')).correlation_id).toBe('deep');
  });

  it.each([33, 20_000])('of %i levels gets INVALID_MESSAGE, and the connection stays', async (levels) => {
    const { connect } = await startApp();
    const client = await connect();
    client.send(nested(levels));
    expect(await client.next('error')).toMatchObject(invalid('deep', 32));
    await client.settle();
  });

  it('may have any number of brackets in text', async () => {
    const { connect } = await startApp();
    const client = await connect();
    client.send({ type: 'ping', metadata: { text: '[{"'.repeat(500) } });
    await client.next('pong');
  });
});

describe('the keys of a message', () => {
  it('1,000 of them are taken, all levels together', async () => {
    const { connect } = await startApp();
    const client = await connect();
    client.send(withKeys(1000));
    expect((await client.next('pong')).correlation_id).toBe('wide');
  });

  it('1,001 of them are INVALID_MESSAGE, and the connection stays', async () => {
    const { connect } = await startApp();
    const client = await connect();
    client.send(withKeys(1001));
    expect(await client.next('error')).toMatchObject(invalid('wide', 1000));
    await client.settle();
  });
});
