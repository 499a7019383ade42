import { Controller, Get } from '@nestjs/common';
import { describe, expect, it } from 'vitest';
import { startApp } from '../../support/test-app.js';

@Controller('live')
class LivePage {
  @Get()
  page(): string {
    return 'a page of the application';
  }
}

describe('a GET of the path without an upgrade', () => {
  it('gets 426 with the protocol to upgrade to (RFC 9110 §15.5.22)', async () => {
    const { httpUrl } = await startApp();
    const answer = await fetch(`${httpUrl}/ws?token=abc`);
    expect(answer.status).toBe(426);
    expect(answer.headers.get('upgrade')).toBe('websocket');
    expect(answer.headers.get('connection')).toBe('Upgrade');
    expect(await answer.json()).toEqual({
      code: 'UPGRADE_REQUIRED',
      message: expect.stringContaining('proxy') as string,
    });
  });

  it('is answered by the application where it has a route there', async () => {
    const { httpUrl, connect } = await startApp({ path: '/live' }, { controllers: [LivePage] });
    expect(await (await fetch(`${httpUrl}/live`)).text()).toBe('a page of the application');
    await connect();
  });

  it.each(['/a:b', '/a*', '/a(b)'])('gets 404 where routers would read the path as a pattern: %s', async (path) => {
    const { httpUrl, connect } = await startApp({ path });
    expect((await fetch(httpUrl + path)).status).toBe(404);
    await connect();
  });
});
