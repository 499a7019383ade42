import { describe, expect, it } from 'vitest';
import { RawClient } from '../../support/raw-client.js';
import { upgradeHead } from '../../support/raw-frames.js';
import { startApp } from '../../support/test-app.js';

const ACCEPTED = 'permessage-deflate; server_no_context_takeover; client_no_context_takeover';

/** The extensions of a connection that was opened with this offer. */
async function extensionsFor(offer: string): Promise<string | undefined> {
  const app = await startApp();
  const client = await RawClient.open(app.port);
  client.write(upgradeHead({ headers: { 'Sec-WebSocket-Extensions': offer } }));
  const { status, headers } = await client.httpAnswer();
  expect(status).toBe(101);
  return headers.get('sec-websocket-extensions');
}

describe('an offer of permessage-deflate (RFC 7692 §5)', () => {
  it.each([
    ['a window that does not exist', 'permessage-deflate; server_max_window_bits=99'],
    ['a window that zlib cannot make', 'permessage-deflate; server_max_window_bits=8'],
    ['a window without its bits', 'permessage-deflate; server_max_window_bits'],
    ['a window with a leading zero', 'permessage-deflate; client_max_window_bits=09'],
    ['an unknown parameter', 'permessage-deflate; level=9'],
    ['a parameter named like an inherited property', 'permessage-deflate; constructor'],
    ['a parameter twice', 'permessage-deflate; client_max_window_bits; client_max_window_bits'],
    ['a value for a parameter without one', 'permessage-deflate; server_no_context_takeover=1'],
    ['another extension only', 'x-webkit-deflate-frame'],
  ])('is declined when it has %s', async (_what, offer) => {
    expect(await extensionsFor(offer)).toBeUndefined();
  });
});

it('the first acceptable offer of permessage-deflate is accepted', async () => {
  const offers =
    'permessage-deflate; server_max_window_bits=99, permessage-deflate; level=9, x-other, permessage-deflate';
  expect(await extensionsFor(offers)).toBe(ACCEPTED);
});

it('permessage-deflate is negotiated unless enableCompression is false', async () => {
  const extensionsWith = async (enableCompression: boolean): Promise<string> =>
    (await (await startApp({ enableCompression })).connect()).webSocket.extensions;
  expect(await extensionsWith(true)).toContain('permessage-deflate');
  expect(await extensionsWith(false)).toBe('');
});
