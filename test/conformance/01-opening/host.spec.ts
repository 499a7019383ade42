import { it } from 'vitest';
import { RawClient } from '../../support/raw-client.js';
import { expectRefusal } from '../../support/refused-upgrade.js';
import { startApp } from '../../support/test-app.js';

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
