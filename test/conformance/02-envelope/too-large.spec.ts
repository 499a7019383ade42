import { describe, expect, it } from 'vitest';
import { startApp } from '../../support/test-app.js';

describe('a message over maxMessageSize', () => {
  it.each(['subscribe', 'request'])('is refused with its correlation id: %s', async (type) => {
    const { connect } = await startApp({ maxMessageSize: 1000 });
    const client = await connect();
    const answer = await client.ask({ type, data: { method: 'x', params: 'x'.repeat(1500) } });
    const error = { code: 'MESSAGE_TOO_LARGE' };
    if (type === 'request') expect(answer).toMatchObject({ type: 'response', data: { status: 'error', error } });
    else expect(answer).toMatchObject({ type: 'error', data: error });
  });
});

describe('the name of a failed channel', () => {
  it('is cut to 255 characters, and never within a surrogate pair', async () => {
    const { connect } = await startApp();
    const client = await connect();
    const { data } = await client.subscribe(`${'x'.repeat(254)}😀`);
    expect(data.failed).toMatchObject([{ channel: 'x'.repeat(254), code: 'INVALID_CHANNEL' }]);
  });
});
