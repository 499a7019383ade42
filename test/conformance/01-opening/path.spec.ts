import { describe, expect, it } from 'vitest';
import { expectRefusal } from '../../support/refused-upgrade.js';
import { startApp } from '../../support/test-app.js';

const notFound = { status: 404, code: 'NOT_FOUND' } as const;

describe('an upgrade of another path gets HTTP 404', () => {
  it.each(['/', '/other', '/ws/', '/ws/more', '/WS', '/wsx', '//ws', '/%77s', '/other?path=/ws', '*'])(
    'such as %s',
    async (target) => {
      const app = await startApp();
      await expectRefusal(app.port, { target }, notFound);
    },
  );

  it('and is counted and logged as any refusal is', async () => {
    const app = await startApp();
    await expectRefusal(app.port, { target: '/other' }, { ...notFound, reason: 'path' });
    const logged = { status: 404, reason: 'path', client_addr: '127.0.0.1' };
    expect(app.log.of('connection refused')).toMatchObject([logged]);
  });

  it('the default one too, where another is configured', async () => {
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
