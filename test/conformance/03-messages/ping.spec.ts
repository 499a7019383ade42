import { describe, expect, it } from 'vitest';
import { encodings, speak } from '../../support/encodings.js';
import { startApp } from '../../support/test-app.js';

describe.each(encodings)('a ping is answered by a pong, in %s', (_encoding, protocols) => {
  speak(protocols);

  it.each([
    ['nothing', undefined],
    ['a timestamp', { timestamp: 1234.5 }],
    ['an empty object', {}],
    ['keys of its own', { timestamp: 1, more: ['a', null] }],
  ])('with the same data and correlation id: %s', async (_what, data) => {
    const { connect } = await startApp();
    const client = await connect();
    client.send({ type: 'ping', correlation_id: 'p1', data });
    const answer = { type: 'pong', correlation_id: 'p1' };
    expect(await client.next('pong')).toEqual(data === undefined ? answer : { ...answer, data });
  });

  it('without a correlation id where it had none', async () => {
    const { connect } = await startApp();
    const client = await connect();
    client.send({ type: 'ping' });
    expect(await client.next('pong')).toEqual({ type: 'pong' });
  });
});

it('a pong is not answered', async () => {
  const { connect } = await startApp();
  const client = await connect();
  client.send({ type: 'pong', correlation_id: 'x', data: { timestamp: 1 } });
  await client.settle();
  expect(client.received.map(({ type }) => type)).toEqual(['auth_response', 'pong']);
  expect(client.received[1]?.correlation_id).not.toBe('x');
});
