import { describe, expect, it } from 'vitest';
import { RawClient } from '../../support/raw-client.js';
import { expectRefusal } from '../../support/refused-upgrade.js';
import { startApp } from '../../support/test-app.js';
import { startStandaloneServer } from '../../guide/standalone-server.js';

const refused = { status: 403, code: 'HOST_NOT_ALLOWED' } as const;
const rebound = { headers: { Host: 'evil.example:8080', Origin: 'http://evil.example:8080' } };

it('an upgrade under a name that is not in allowedHosts gets 403', async () => {
  const { port } = await startApp({ allowedHosts: ['loopback', 'agents.test'] });
  await expectRefusal(port, rebound, { ...refused, reason: 'host' });
  const target = 'http://evil.example/ws';
  await expectRefusal(port, { target, headers: { Host: 'localhost' } }, { ...refused, reason: 'host' });
  await RawClient.upgrade(port, { headers: { Host: `LOCALHOST.:${port}` } });
  await RawClient.upgrade(port, { headers: { Host: 'Agents.test' } });
});

describe('the standalone server, anonymous on loopback', () => {
  it('refuses a page whose own name leads to this machine (DNS rebinding)', async () => {
    const { port } = await startStandaloneServer();
    await expectRefusal(port, rebound, refused);
    const page = { headers: { Host: `localhost:${port}`, Origin: `http://localhost:${port}` } };
    expect((await RawClient.upgrade(port, page)).socket.destroyed).toBe(false);
  });
});
