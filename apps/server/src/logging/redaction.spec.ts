import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { PassThrough } from 'node:stream';
import { pinoHttp } from 'pino-http';
import { describe, expect, it } from 'vitest';
import { describeError, httpLogOptions } from './http-log-options.js';
import { redactUrl } from './redact-url.js';

describe('a URL in a log', () => {
  it.each([
    ['/ws?token=abc', '/ws?token=[redacted]'],
    ['/ws?a=1&token=abc&b=2', '/ws?a=1&token=[redacted]&b=2'],
    ['/ws?token=abc&token=def', '/ws?token=[redacted]&token=[redacted]'],
    ['/ws?Token=abc', '/ws?Token=[redacted]'],
    ['/ws?t%6fken=abc', '/ws?t%6fken=[redacted]'],
    ['/ws?token=a=b', '/ws?token=[redacted]'],
    ['/ws?+token=abc', '/ws?+token=[redacted]'],
    ['/ws?access_token=abc', '/ws?access_token=[redacted]'],
    ['/ws?token=a?token=b', '/ws?token=[redacted]'],
    ['/ws?%=1&token=abc', '/ws?%=1&token=[redacted]'],
    ['/token', '/token'],
    ['/ws?limit=1', '/ws?limit=1'],
    ['', ''],
  ])('%j is logged as %j', (url, shown) => {
    expect(redactUrl(url)).toBe(shown);
  });
});

/** Returns the log lines of one request. */
async function loggedFor(path: string, headers: Record<string, string>): Promise<string> {
  const lines = new PassThrough();
  const log = pinoHttp(httpLogOptions('info'), lines);
  const server = createServer((request, response) => {
    log(request, response);
    request.log.info({ headers: request.headers, msg: 'an application logs headers' });
    response.end();
  }).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as AddressInfo;
  await (await fetch(`http://127.0.0.1:${port}${path}`, { headers: { ...headers, connection: 'close' } })).text();
  await new Promise((resolve) => server.close(resolve));
  return String(lines.read());
}

describe('a request log', () => {
  const secrets = { authorization: 'Bearer SECRET', 'x-api-key': 'SECRET', cookie: 'session=SECRET' };

  it('contains no secret of headers or URL', async () => {
    const logged = await loggedFor('/ws?token=SECRET&limit=1', secrets);
    expect(logged).toContain('"url":"/ws?token=[redacted]&limit=1"');
    expect(logged).toContain('"authorization":"[redacted]"');
    expect(logged).toContain('"status":200');
    expect(logged).not.toContain('SECRET');
  });

  it.each(['/health/live', '/metrics', '/metrics?a=1'])('of %s is not written', async (path) => {
    expect(await loggedFor(path, {})).not.toContain('request completed');
  });

  it('is written for a path that only begins like those', async () => {
    expect(await loggedFor('/healthy', {})).toContain('request completed');
  });
});

describe('an error in a log', () => {
  it('has its name, message and stack, but not the body that the parser added to it', () => {
    const error = Object.assign(new SyntaxError('Unexpected token'), { body: 'SECRET' });
    expect(describeError(error)).toEqual({ type: 'SyntaxError', message: 'Unexpected token', stack: error.stack });
    expect(describeError('SECRET')).toEqual({ type: 'string' });
  });
});
