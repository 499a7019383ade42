import { describe, expect, it } from 'vitest';
import { startStandaloneServer } from '../guide/standalone-server.js';
import { RawClient } from '../support/raw-client.js';
import { expectRefusal } from '../support/refused-upgrade.js';

const refused = { status: 403, code: 'HOST_NOT_ALLOWED' } as const;
const rebound = { headers: { Host: 'evil.example:8080', Origin: 'http://evil.example:8080' } };

describe('the standalone server, anonymous on loopback', () => {
  it('refuses a page whose own name leads to this machine (DNS rebinding)', async () => {
    const { port } = await startStandaloneServer();
    await expectRefusal(port, rebound, refused);
    const page = { headers: { Host: `localhost:${port}`, Origin: `http://localhost:${port}` } };
    expect((await RawClient.upgrade(port, page)).socket.destroyed).toBe(false);
  });
});
