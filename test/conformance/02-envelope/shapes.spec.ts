import { describe, expect, it } from 'vitest';
import { encodings, speak } from '../../support/encodings.js';
import { startApp } from '../../support/test-app.js';

const invalid = { type: 'error', data: { code: 'INVALID_MESSAGE' } };
const invalidRequest = { type: 'response', data: { status: 'error', error: { code: 'INVALID_MESSAGE' } } };

describe.each(encodings)('the envelope, in %s', (_encoding, protocols) => {
  speak(protocols);

  it('ignores keys that it does not know', async () => {
    const { connect } = await startApp();
    const client = await connect();
    client.send({ type: 'ping', correlation_id: 'a', metadata: { any: [1, { free: null }] }, unknown: 1, to: {} });
    expect(await client.next('pong')).toEqual({ type: 'pong', correlation_id: 'a' });
  });

  it('accepts keys that every object inherits', async () => {
    const { connect } = await startApp();
    const client = await connect('', { protocols: [] });
    client.send('{"type":"ping","__proto__":{"correlation_id":"inherited"},"constructor":1,"toString":2}');
    expect(await client.next('pong')).toEqual({ type: 'pong' });
  });

  it('may have no correlation id, and then the answer has none', async () => {
    const { connect } = await startApp();
    const client = await connect();
    client.send({ type: 'subscribe', data: { channels: ['news'] } });
    expect(await client.next('subscribe_response')).not.toHaveProperty('correlation_id');
  });

  it.each([1, 128])('echoes a correlation id of %i characters', async (length) => {
    const { connect } = await startApp();
    const client = await connect();
    const correlation_id = 'é'.repeat(length);
    client.send({ type: 'ping', correlation_id });
    expect(await client.next('pong')).toEqual({ type: 'pong', correlation_id });
  });

  it('refuses a correlation id of 129 characters, without echoing it', async () => {
    const { connect } = await startApp();
    const client = await connect();
    client.send({ type: 'ping', correlation_id: 'x'.repeat(129) });
    const error = await client.next('error');
    expect(error).toMatchObject(invalid);
    expect(error).not.toHaveProperty('correlation_id');
  });
});

const wrong: readonly (readonly [what: string, message: object])[] = [
  ['no type', {}],
  ['a type that is no string', { type: 7 }],
  ['an unknown type', { type: 'publish' }],
  ['the name of what every object has', { type: 'constructor' }],
  ['a type in capitals', { type: 'PING' }],
  ['a type of the server', { type: 'event', data: 1, metadata: { timestamp: 1 } }],
  ['metadata that is no object', { type: 'ping', metadata: 'no' }],
  ['metadata that is a list', { type: 'ping', metadata: [] }],
  ['auth without a token', { type: 'auth', data: {} }],
  ['auth without data', { type: 'auth' }],
  ['a token that is no string', { type: 'auth', data: { token: 1 } }],
  ['subscribe without channels', { type: 'subscribe', data: {} }],
  ['subscribe to one name instead of a list', { type: 'subscribe', data: { channels: 'news' } }],
  ['subscribe to no channel', { type: 'subscribe', data: { channels: [] } }],
  ['subscribe to a number', { type: 'subscribe', data: { channels: ['news', 5] } }],
  ['subscribe to an object without a channel', { type: 'subscribe', data: { channels: [{}] } }],
  ['since without an epoch', { type: 'subscribe', data: { channels: [{ channel: 'news', since: { offset: 1 } }] } }],
  [
    'since with a negative offset',
    { type: 'subscribe', data: { channels: [{ channel: 'news', since: { epoch: 'e', offset: -1 } }] } },
  ],
  ['join_leave that is no boolean', { type: 'subscribe', data: { channels: [{ channel: 'news', join_leave: 1 }] } }],
  ['unsubscribe without channels', { type: 'unsubscribe', data: {} }],
  ['unsubscribe from an object', { type: 'unsubscribe', data: { channels: [{ channel: 'news' }] } }],
  ['request without a method', { type: 'request', data: {} }],
  ['request with an empty method', { type: 'request', data: { method: '' } }],
  ['request with a method of 256 characters', { type: 'request', data: { method: 'm'.repeat(256) } }],
  ['request with a timeout of 0', { type: 'request', data: { method: 'ping', timeout: 0 } }],
  ['request with a timeout that is text', { type: 'request', data: { method: 'ping', timeout: '5' } }],
  ['ping with a timestamp that is text', { type: 'ping', data: { timestamp: 'now' } }],
  ['ping with data that is no object', { type: 'ping', data: 5 }],
  ['pong with data that is a list', { type: 'pong', data: [] }],
];

describe.each(encodings)('a message of a wrong shape, in %s', (_encoding, protocols) => {
  speak(protocols);

  it.each(wrong)('gets INVALID_MESSAGE with its correlation id: %s', async (_what, message) => {
    const { connect, subscriptions } = await startApp();
    const client = await connect();
    client.send({ ...message, correlation_id: 'mine' });
    const isRequest = 'type' in message && message.type === 'request';
    const answer = isRequest ? await client.next('response') : await client.next('error');
    expect(answer).toMatchObject({ ...(isRequest ? invalidRequest : invalid), correlation_id: 'mine' });
    await client.settle();
    expect(subscriptions.channels()).toEqual([]);
  });

  it('gets INVALID_MESSAGE without one: an ack that names neither a question nor a position', async () => {
    const { connect } = await startApp();
    const client = await connect();
    client.send({ type: 'ack', data: { channel: 'news' } });
    expect(await client.next('error')).toMatchObject(invalid);
    await client.settle();
  });
});

describe('a message that is not a JSON object', () => {
  it.each([
    '',
    ' ',
    'null',
    'true',
    '1',
    '"ping"',
    '[]',
    '[{"type":"ping"}]',
    '{',
    'hello',
    "{'type':'ping'}",
    '\uFEFF{}',
  ])('gets INVALID_MESSAGE, and the connection stays: %j', async (text) => {
    const { connect } = await startApp();
    const client = await connect();
    client.send(text);
    expect(await client.next('error')).toMatchObject(invalid);
    await client.settle();
  });

  it('gets INVALID_MESSAGE with its correlation id where the broken text still shows one', async () => {
    const { connect } = await startApp();
    const client = await connect();
    client.send('{"correlation_id":"broken-1","type":"ping",}');
    expect(await client.next('error')).toMatchObject({ ...invalid, correlation_id: 'broken-1' });
  });

  it('is not echoed', async () => {
    const { connect } = await startApp();
    const client = await connect();
    client.send('{"type":"auth","data":{"token":"secret-1"}');
    client.send({ type: 'secret-2', data: 'secret-3' });
    const answers = [await client.next('error'), await client.next('error')];
    expect(JSON.stringify(answers)).not.toContain('secret');
  });
});
