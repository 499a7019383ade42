import { expect, it, onTestFinished } from 'vitest';
import { WebSocket } from 'ws';
import { type ChannelEvent, type ClientOptions, createClient } from '../../libs/client/src/index.js';
import { keptData } from '../support/kept-data.js';
import { startApp, testAuth } from '../support/test-app.js';
import { CuttingProxy } from '../torture/cutting-proxy.js';
import { Harassment } from '../torture/harassment.js';

/** `CLIENT_TORTURE_SECONDS=600` for a long run. */
const SECONDS = Number(process.env['CLIENT_TORTURE_SECONDS'] ?? 20);
const CHANNELS = ['deep-1', 'deep-2', 'deep-3'];
const CUTS = { bytes: 8_000, extraMs: 500 };
const PUBLISH_MS = 40;
const SETTLE_MS = 60_000;

const pick = <T>(all: readonly T[]): T => all[Math.floor(Math.random() * all.length)] as T;
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

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

    const harassments = proxies.map((proxy) => new Harassment(proxy, CUTS));
    const published: { readonly channel: string; readonly data: string; readonly done: Promise<unknown> }[] = [];
    const until = Date.now() + SECONDS * 1_000;
    for (let n = 0; Date.now() < until; n += 1) {
      const [channel, data] = [pick(CHANNELS), `client ${n}`];
      published.push({ channel, data, done: writer.publish(channel, data) });
      await app.subscriptions.broadcast(pick(CHANNELS), `server ${n}`);
      await pause(PUBLISH_MS);
    }
    for (const harassment of harassments) harassment.end();
    const outcomes = await Promise.allSettled(published.map(({ done }) => done));
    expect(outcomes.filter(({ status }) => status === 'rejected')).toEqual([]);

    for (const [channel, events] of got) {
      const kept = await keptData(app.subscriptions, channel);
      await expect.poll(() => events.length, { timeout: SETTLE_MS }).toBeGreaterThanOrEqual(kept.length);
      expect(events.map(({ data }) => data)).toEqual(kept);
      expect(events.map(({ position }) => position?.offset)).toEqual(kept.map((_, at) => at + 1));
      const own = published.filter((each) => each.channel === channel).map(({ data }) => data);
      expect(kept.filter((data) => String(data).startsWith('client')).toSorted()).toEqual(own.toSorted());
    }
    expect(resets).toEqual(CHANNELS.map(() => 'new'));
    const cuts = harassments.map(({ cuts: made }) => made);
    console.info(
      `${SECONDS} s, ${cuts.join(' + ')} cuts, ${published.length} publications of the client, all events once`,
    );
    expect(Math.min(...cuts)).toBeGreaterThan(SECONDS / 20);
  },
  SECONDS * 1_000 + 180_000,
);
