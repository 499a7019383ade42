import { expect, it, onTestFinished } from 'vitest';
import { WebSocket } from 'ws';
import { type ChannelEvent, type ClientOptions, createClient } from '../../libs/client/src/index.js';
import { startApp, testAuth } from '../support/test-app.js';
import { type CutKind, CuttingProxy } from '../torture/cutting-proxy.js';

/** `CLIENT_TORTURE_SECONDS=600` for a long run. */
const SECONDS = Number(process.env['CLIENT_TORTURE_SECONDS'] ?? 20);
const CHANNELS = ['deep-1', 'deep-2', 'deep-3'];
const KINDS: readonly CutKind[] = ['reset', 'finish', 'stall'];
const PUBLISH_MS = 40;
const SETTLE_MS = 60_000;

const pick = <T>(all: readonly T[]): T => all[Math.floor(Math.random() * all.length)] as T;
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Cuts a connection again and again, at any byte. A stalled one is left alone for a while, then goes on. */
const harass = (proxy: CuttingProxy, isOver: () => boolean): { readonly cuts: () => number } => {
  let cuts = 0;
  const next = (): void => {
    if (isOver()) return;
    proxy.cutAfter(1 + Math.floor(Math.random() * 8_000), pick(KINDS), () => {
      cuts += 1;
      setTimeout(
        () => {
          proxy.release();
          next();
        },
        100 + Math.random() * 500,
      );
    });
  };
  next();
  return { cuts: () => cuts };
};

it(
  `a client that is cut at any byte for ${SECONDS} s loses no event, gets none twice, and publishes each of its own once`,
  async () => {
    const history = { size: 100_000, ttl: 3_600_000 };
    const app = await startApp({ ...testAuth, channels: { 'deep-*': { history, clientPublish: true } } });
    const options = (port: number, user: string): ClientOptions => ({
      url: `ws://127.0.0.1:${port}/ws`,
      token: `token-${user}`,
      WebSocket,
      reconnect: { firstWindow: 50, base: 50, max: 400 },
      connectTimeout: 3_000,
      idleProbe: 1_000,
      probeTimeout: 1_000,
      requestTimeout: SETTLE_MS,
    });
    const proxies = [await CuttingProxy.start(app.port), await CuttingProxy.start(app.port)] as const;
    const [reader, writer] = proxies.map(({ port }, at) => createClient(options(port, `user${at}`)));
    onTestFinished(async () => {
      reader?.[Symbol.dispose]();
      writer?.[Symbol.dispose]();
      for (const proxy of proxies) await proxy.close();
    });
    if (!reader || !writer) throw new Error('There are two clients.');

    const got = new Map(CHANNELS.map((channel): [string, ChannelEvent[]] => [channel, []]));
    const resets: string[] = [];
    for (const [channel, events] of got) {
      const onReset = ({ reason }: { reason: string }): number => resets.push(reason);
      await reader.subscribe(channel, { onEvent: (event) => events.push(event), onReset }).ready();
    }
    await writer.ready();

    let isOver = false;
    const harassed = proxies.map((proxy) => harass(proxy, () => isOver));
    const published: { readonly channel: string; readonly data: string; readonly done: Promise<unknown> }[] = [];
    const until = Date.now() + SECONDS * 1_000;
    for (let n = 0; Date.now() < until; n += 1) {
      const [channel, data] = [pick(CHANNELS), `client ${n}`];
      published.push({ channel, data, done: writer.publish(channel, data) });
      await app.subscriptions.broadcast(pick(CHANNELS), `server ${n}`);
      await pause(PUBLISH_MS);
    }
    isOver = true;
    for (const proxy of proxies) {
      proxy.spare();
      proxy.release();
    }
    const outcomes = await Promise.allSettled(published.map(({ done }) => done));
    expect(outcomes.filter(({ status }) => status === 'rejected')).toEqual([]);

    for (const [channel, events] of got) {
      const kept: unknown[] = [];
      for (let since = { epoch: '', offset: 0 }, goesOn = true; goesOn;) {
        const page = await app.subscriptions.history(channel, { ...(kept.length > 0 && { since }), limit: 1_000 });
        kept.push(...page.events.map(({ data }) => data));
        since = { epoch: page.epoch, offset: page.events.at(-1)?.metadata.offset ?? 0 };
        goesOn = page.events.length > 0;
      }
      await expect.poll(() => events.length, { timeout: SETTLE_MS }).toBeGreaterThanOrEqual(kept.length);
      expect(events.map(({ data }) => data)).toEqual(kept);
      expect(events.map(({ position }) => position?.offset)).toEqual(kept.map((_, at) => at + 1));
      const own = published.filter((each) => each.channel === channel).map(({ data }) => data);
      expect(kept.filter((data) => String(data).startsWith('client')).toSorted()).toEqual(own.toSorted());
    }
    expect(resets).toEqual(CHANNELS.map(() => 'new'));
    const cuts = harassed.map((each) => each.cuts());
    console.info(
      `${SECONDS} s, ${cuts.join(' + ')} cuts, ${published.length} publications of the client, all events once`,
    );
    expect(Math.min(...cuts)).toBeGreaterThan(SECONDS / 20);
  },
  SECONDS * 1_000 + 180_000,
);
