import { describe, expect, it } from 'vitest';
import { RawClient } from '../../support/raw-client.js';
import { expectRefusal } from '../../support/refused-upgrade.js';
import { startApp } from '../../support/test-app.js';

const forbidden = { status: 403, code: 'ORIGIN_NOT_ALLOWED', reason: 'origin' } as const;
const listed = ['https://app.example.com', 'http://localhost:3000'];

describe('a page of another origin', () => {
  it.each([
    'https://evil.example',
    'http://127.0.0.1:1',
    'http://127.0.0.1.evil.example',
    'http://app.example.com',
    'https://app.example.com:8443',
    'https://app.example.com.evil.example',
    'https://sub.app.example.com',
    'null',
    '',
    'not an origin',
  ])('gets HTTP 403, such as "%s"', async (origin) => {
    const app = await startApp({ allowedOrigins: listed });
    await expectRefusal(app.port, { headers: { Host: `127.0.0.1:${app.port}`, Origin: origin } }, forbidden);
  });
});

describe('a page is accepted', () => {
  it('from the same host and port', async () => {
    const app = await startApp();
    const host = `127.0.0.1:${app.port}`;
    await RawClient.upgrade(app.port, { headers: { Host: host, Origin: `http://${host}` } });
  });

  it('from the same host behind TLS, whose default port neither header writes', async () => {
    const app = await startApp();
    const headers = { Host: 'ws.example.com', Origin: 'https://ws.example.com' };
    await RawClient.upgrade(app.port, { headers });
  });

  it.each(listed)('from %s, which is listed', async (origin) => {
    const app = await startApp({ allowedOrigins: listed });
    await RawClient.upgrade(app.port, { headers: { Origin: origin } });
  });

  it('from any origin where * is listed', async () => {
    const app = await startApp({ allowedOrigins: ['*'] });
    await RawClient.upgrade(app.port, { headers: { Origin: 'https://evil.example' } });
    await RawClient.upgrade(app.port, { headers: { Origin: 'null' } });
  });
});

it('a client without an Origin, which is not a browser, is accepted', async () => {
  const app = await startApp();
  await RawClient.upgrade(app.port);
  expect(app.registry.list()).toHaveLength(1);
});
