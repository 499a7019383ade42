import { describe, expect, it } from 'vitest';
import { RawClient } from '../../support/raw-client.js';
import { messageFrame, upgradeHead } from '../../support/raw-frames.js';
import { startApp, testAuth } from '../../support/test-app.js';

const PAGE = 'https://app.example.com';
const NAME = '__Host-sid';
const TAKEN = `${NAME}=token-alice`;
const ACCEPTED = { status: 101, user: 'alice' };
const ANONYMOUS = { status: 101, user: undefined };

type Headers = Readonly<Record<string, string | readonly string[] | undefined>>;

/** Sends headers byte by byte as they are. Returns the status of the answer, and the user if there is one at once. */
async function start() {
  const options = { ...testAuth, tokenSources: ['message', `cookie:${NAME}`], allowedOrigins: [PAGE] } as const;
  const { port, log } = await startApp(options);
  const upgrade = async (headers: Headers) => {
    const client = await RawClient.open(port);
    client.write(Buffer.from(upgradeHead({ headers }), 'latin1'));
    const { status } = await client.httpAnswer();
    if (status !== 101) return { status };
    client.write(messageFrame({ type: 'ping' }));
    const { data } = await client.message();
    return { status, user: (data as { user_id?: string } | undefined)?.user_id };
  };
  return { upgrade, log };
}

describe('a cookie', () => {
  it.each([
    // A sandboxed iframe, a file and a redirect across sites.
    'null',
    '',
    ' null ',
    'https://app.example.com@evil.example',
    'https://evil.example#https://app.example.com',
    'https://evil.example?https://app.example.com',
    'https://app.example.com.evil.example',
    'https://app.example.com, https://evil.example',
    'https://evil.example, https://app.example.com',
    'https://app.example.com:444',
    'http://app.example.com',
    'https://evil.example/127.0.0.1',
    'https://127.0.0.1.evil.example',
    'http://127.0.0.2',
    'undefined',
  ])('with the Origin %j is answered with 403', async (origin) => {
    const { upgrade } = await start();
    expect(await upgrade({ Origin: origin, Cookie: TAKEN })).toEqual({ status: 403 });
  });

  it('counts by the first of several Origins, and a browser sends only one', async () => {
    const { upgrade } = await start();
    expect(await upgrade({ Origin: ['https://evil.example', PAGE], Cookie: TAKEN })).toEqual({ status: 403 });
    expect(await upgrade({ Origin: ['null', PAGE], Cookie: TAKEN })).toEqual({ status: 403 });
  });

  it('is ignored without an Origin, whatever else names a page', async () => {
    const { upgrade } = await start();
    const more = {
      Referer: `${PAGE}/`,
      'X-Origin': PAGE,
      'Sec-WebSocket-Origin': PAGE,
      'Sec-Fetch-Site': 'same-origin',
    };
    expect(await upgrade({ ...more, Cookie: TAKEN })).toEqual(ANONYMOUS);
  });

  it('may stand in one of several Cookie headers, but only once in all of them', async () => {
    const { upgrade } = await start();
    expect(await upgrade({ Origin: PAGE, Cookie: ['a=1', TAKEN, 'b=2'] })).toEqual(ACCEPTED);
    expect(await upgrade({ Origin: PAGE, Cookie: [TAKEN, `${NAME}=token-bob`] })).toEqual({ status: 400 });
    expect(await upgrade({ Origin: PAGE, Cookie: [TAKEN, TAKEN] })).toEqual({ status: 400 });
    expect(await upgrade({ Origin: PAGE, Cookie: TAKEN, cookie: `${NAME}=token-bob` })).toEqual({ status: 400 });
  });

  it.each([
    '__host-sid=token-alice',
    '__HOST-SID=token-alice',
    '__Host-sid =token-alice',
    'x__Host-sid=token-alice',
    '"__Host-sid"=token-alice',
    '=__Host-sid=token-alice',
    '%5F_Host-sid=token-alice',
    'a="; __Host-sid2=token-alice"',
    // White space that is no space, which some parsers strip.
    '\u00a0__Host-sid=token-alice',
    '\u0085__Host-sid=token-alice',
    'a=1,__Host-sid=token-alice',
    '__Host-sid',
    '__Host-sid=',
  ])('that a neighbouring site could set in place of it is another one: %j', async (cookie) => {
    const { upgrade } = await start();
    expect(await upgrade({ Origin: PAGE, Cookie: cookie })).toEqual(ANONYMOUS);
  });

  it('may be longer than browsers keep, up to the head of the request, and is not logged when it is not', async () => {
    const { upgrade, log } = await start();
    const long = (name: string) => ({ Origin: PAGE, Cookie: `${NAME}=token-${name}` });
    expect(await upgrade(long('x'.repeat(5000)))).toEqual({ status: 101, user: 'x'.repeat(5000) });
    expect(await upgrade(long('y'.repeat(20_000)))).toEqual({ status: 431 });
    expect(log.text()).not.toContain('yyyy');
  });

  it('among very many others is found, and costs no more than its head', async () => {
    const { upgrade } = await start();
    const others = Array.from({ length: 3000 }, (_, at) => `c${at % 10}=`).join(';');
    expect(await upgrade({ Origin: PAGE, Cookie: `${others};${TAKEN}` })).toEqual(ACCEPTED);
  });
});
