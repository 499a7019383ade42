import { constants, deflateRawSync } from 'node:zlib';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { compressedFrame, deflated, offeringDeflate } from '../support/compressed-frames.js';
import { LatchedAuthHandler } from '../support/latched-auth-handler.js';
import { RawClient } from '../support/raw-client.js';
import { clientFrame, messageFrame, opcode, upgradeHead } from '../support/raw-frames.js';
import { type TestApp, startApp, testAuth } from '../support/test-app.js';
import { countZlibRuns } from '../support/zlib-objects.js';

const MIB = 1_048_576;
/** 1 MiB of text in 1 KB, as complete blocks that refer back to nothing: any number of them is a deflate stream. */
const block = deflateRawSync('x'.repeat(MIB), { finishFlush: constants.Z_SYNC_FLUSH });
/** So many MiB of text, at the highest ratio that deflate has. */
const bombOf = (mib: number): Buffer => Buffer.concat(Array.from({ length: mib }, () => block)).subarray(0, -4);

/** 100 MiB in 104 KB, which is under the hard cap of 128 KiB. */
const bomb = bombOf(100);

const inFragments = (bytes: Buffer, count: number): Buffer[] => {
  const size = Math.ceil(bytes.length / count);
  return Array.from({ length: count }, (_, at) => {
    const part = bytes.subarray(at * size, (at + 1) * size);
    const fin = at === count - 1;
    return at === 0 ? compressedFrame(part, { fin }) : clientFrame(opcode.continuation, part, { fin });
  });
};

/** In KiB, over the life of the process. */
const peakMemory = (): number => process.resourceUsage().maxRSS;

const pingOf = (id: string, fill = ''): string =>
  JSON.stringify({ type: 'ping', correlation_id: id, ...(fill !== '' && { metadata: { fill } }) });

/** A connection beside, that must not notice anything. */
async function bystander(app: TestApp, query = ''): Promise<() => Promise<void>> {
  const client = await app.connect(query);
  await client.subscribe('news');
  return async () => {
    await app.subscriptions.broadcast('news', 'still here');
    expect(await client.next('event')).toMatchObject({ data: 'still here' });
    expect(await client.ask({ type: 'ping' })).toMatchObject({ type: 'pong' });
  };
}

describe('a deflate bomb of 100 MiB is inflated to the hard cap, and closes its connection with 1009,', () => {
  it.each([
    ['in one frame', [compressedFrame(bomb)]],
    ['in 256 fragments', inFragments(bomb, 256)],
    ['as a binary message', [compressedFrame(bomb).fill(0xc2, 0, 1)]],
    ['three in a row', [compressedFrame(bomb), compressedFrame(bomb), compressedFrame(bomb)]],
    ['after a right message', [compressedFrame(deflated(pingOf('1'))), compressedFrame(bomb)]],
  ])('%s, from twenty peers', async (_how, frames) => {
    const app = await startApp();
    const isUndisturbed = await bystander(app);
    const upgrades = Array.from({ length: 20 }, () => RawClient.upgrade(app.port, offeringDeflate()));
    const attackers = await Promise.all(upgrades);
    const before = peakMemory();
    for (const attacker of attackers) attacker.write(...frames);
    expect(new Set(await Promise.all(attackers.map((attacker) => attacker.closeCode())))).toEqual(new Set([1009]));
    await isUndisturbed();
    await Promise.all(attackers.map(({ closed }) => closed));
    await vi.waitFor(() => expect(app.registry.list()).toHaveLength(1), 20_000);
    // One of them alone would be 100 MiB.
    expect(peakMemory() - before).toBeLessThan(64 * 1024);
  });
});

describe('the first of several deflate bombs', () => {
  it('closes the connection, and the others are not inflated', async () => {
    const app = await startApp();
    const attacker = await RawClient.upgrade(app.port, offeringDeflate());
    const small = compressedFrame(bombOf(1));
    const runs = countZlibRuns();
    attacker.write(...Array.from({ length: 50 }, () => small));
    expect(await attacker.closeCode()).toBe(1009);
    attacker.write(small, small);
    await attacker.closed;
    expect(runs()).toBe(1);
  });
});

describe('a deflate bomb within a deflate bomb', () => {
  it('is inflated once: what comes out is no text', async () => {
    const nested = deflated(bomb);
    expect(nested.length).toBeLessThan(2000);
    const app = await startApp();
    const attacker = await RawClient.upgrade(app.port, offeringDeflate());
    const before = peakMemory();
    const runs = countZlibRuns();
    attacker.write(compressedFrame(nested));
    expect(await attacker.closeCode()).toBe(1007);
    expect(runs()).toBe(1);
    expect(peakMemory() - before).toBeLessThan(64 * 1024);
  });
});

describe('a deflate bomb before authentication', () => {
  it('closes the connection with 1009', async () => {
    const app = await startApp(testAuth);
    const isUndisturbed = await bystander(app, '?token=token-alice');
    const attacker = await RawClient.upgrade(app.port, offeringDeflate());
    attacker.write(compressedFrame(bomb));
    expect(await attacker.closeCode()).toBe(1009);
    await isUndisturbed();
  });

  it('that comes with the upgrade request closes the connection with 1009 once it is open', async () => {
    const app = await startApp(testAuth);
    const attacker = await RawClient.open(app.port);
    const head = upgradeHead({ ...offeringDeflate(), target: '/ws?token=token-alice' });
    attacker.write(head, compressedFrame(bombOf(10)));
    expect((await attacker.httpAnswer()).status).toBe(101);
    expect(await attacker.closeCode()).toBe(1009);
  });

  it('closes the connection with 1009 behind a token that is being checked, whatever the result', async () => {
    const auth = new LatchedAuthHandler();
    const app = await startApp(auth.source);
    auth.tokens.close();
    const attacker = await RawClient.upgrade(app.port, offeringDeflate());
    attacker.write(messageFrame({ type: 'auth', data: { token: 'token-alice' } }));
    await auth.tokens.reached();
    attacker.write(compressedFrame(bomb));
    expect(await attacker.closeCode()).toBe(1009);
    auth.tokens.open();
    await attacker.closed;
    await vi.waitFor(() => expect(app.registry.list()).toHaveLength(0), 20_000);
  });
});

describe('compressed messages that wait for a handler', () => {
  const COUNT = 300;
  const fill = 'x'.repeat(60_000);
  const ids = Array.from({ length: COUNT }, (_, at) => String(at));
  /** 18 MB in 36 KB, so that one read of the socket may bring them all. */
  const messages = ids.map((id) => compressedFrame(deflated(pingOf(id, fill))));

  it('are inflated no further than there is room for, and keep their number and order', async () => {
    const auth = new LatchedAuthHandler();
    const app = await startApp(auth.source);
    const isUndisturbed = await bystander(app, '?token=token-bob');
    const client = await RawClient.upgrade(app.port, offeringDeflate());
    auth.tokens.close();
    const runs = countZlibRuns();
    client.write(messageFrame({ type: 'auth', data: { token: 'token-alice' } }), ...messages);
    await auth.tokens.reached();
    for (let round = 0; round < 3; round += 1) await isUndisturbed();
    // 64 KiB may wait of a connection that is not authenticated.
    expect(runs()).toBeLessThanOrEqual(3);
    auth.tokens.open();
    expect(await client.message()).toMatchObject({ type: 'auth_response', data: { success: true } });
    for (const correlation_id of ids) expect(await client.message()).toEqual({ type: 'pong', correlation_id });
  });

  it.each(['is reset', 'is closed by the server'])(
    'go with a connection that %s, and nothing is left of it',
    async (how) => {
      const auth = new LatchedAuthHandler();
      const app = await startApp(auth.source);
      const client = await RawClient.upgrade(app.port, offeringDeflate());
      auth.tokens.close();
      onTestFinished(() => auth.tokens.open());
      client.write(messageFrame({ type: 'auth', data: { token: 'token-alice' } }), ...messages);
      await auth.tokens.reached();
      const [connection] = app.registry.list();
      if (how === 'is closed by the server') void app.registry.disconnect(connection?.id ?? '');
      else client.reset();
      await vi.waitFor(() => expect(app.registry.list()).toHaveLength(0), 20_000);
    },
  );
});
