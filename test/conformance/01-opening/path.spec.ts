import { describe, expect, it } from 'vitest';
import { expectRefusal } from '../../support/refused-upgrade.js';
import { startApp } from '../../support/test-app.js';

const notFound = { status: 404, code: 'NOT_FOUND' } as const;

describe('an upgrade of another path', () => {
  it.each(['/', '/other', '/ws/', '/ws/more', '/WS', '/wsx', '//ws', '/%77s', '/other?path=/ws', '*'])(
    'gets HTTP 404, such as %s',
    async (target) => {
      const app = await startApp();
      await expectRefusal(app.port, { target }, notFound);
    },
  );

  it('is counted and logged like every refusal', async () => {
    const app = await startApp();
    await expectRefusal(app.port, { target: '/other' }, { ...notFound, reason: 'path' });
    const logged = { status: 404, reason: 'path', client_addr: '127.0.0.1' };
    expect(app.log.of('connection refused')).toMatchObject([logged]);
  });

  it('gets HTTP 404 at the default path, where another is configured', async () => {
    const app = await startApp({ path: '/live/agents' });
    await expectRefusal(app.port, { target: '/ws' }, notFound);
    await app.connect();
  });
});

it('a query does not change the path', async () => {
  const app = await startApp();
  await app.connect('?a=/other&b');
  expect(app.registry.list()).toHaveLength(1);
});
