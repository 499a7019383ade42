import { expect, it } from 'vitest';
import { expectRefusal } from '../../support/refused-upgrade.js';
import { startApp } from '../../support/test-app.js';

it('an upgrade of another path is counted and logged as every refusal is', async () => {
  const app = await startApp();
  await expectRefusal(app.port, { target: '/other' }, { status: 404, code: 'NOT_FOUND', reason: 'path' });
  expect(app.log.of('connection refused')).toMatchObject([{ status: 404, reason: 'path', client_addr: '127.0.0.1' }]);
});
