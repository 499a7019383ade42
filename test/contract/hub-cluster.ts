import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { onTestFinished, vi } from 'vitest';
import { HubServer } from '../../libs/workers/src/hub/hub-server.js';
import { HubBackplane } from '../../libs/workers/src/node/hub-backplane.js';
import { MemoryBackplane } from '../../src/backplane/index.js';
import { EngineProxy } from '../support/engine-proxy.js';
import { hubFolder } from '../support/hub-folder.js';
import { ManualClock } from '../support/manual-clock.js';
import type { ClusterMaker } from './backplane-cluster.js';
import { loseChannel } from './lose-channel.js';

const MIB = 1024 * 1024;
const MAX_BYTES = MIB / 4;
/** The memory looks for what is over so often. */
const SWEEP_MS = 300;

/** Two nodes on one hub, each behind a proxy, and a time that only the test moves. */
export const onHub = (latency: () => number): ClusterMaker => ({
  nodes: 2,
  advances: true,
  loses: true,
  cuts: true,
  kills: true,
  async start() {
    const folder = hubFolder();
    const path = join(folder, 'hub.sock');
    const clock = new ManualClock();
    const memory = new MemoryBackplane(MAX_BYTES, clock);
    const hub = new HubServer(memory, 64 * MIB);
    await hub.listen(path);
    onTestFinished(() => hub.close());
    const memberOn = async (name: string) => {
      const own = join(folder, name);
      const proxy = await EngineProxy.startOn(own, path);
      proxy.latency = latency;
      return { proxy, backplane: new HubBackplane({ path: own }, () => clock.elapsed()) };
    };
    const members = [await memberOn('0.sock'), await memberOn('1.sock')] as const;
    const cut = async (index: number): Promise<() => Promise<void>> => {
      const { proxy, backplane } = members[index] as (typeof members)[number];
      proxy.refuse();
      await vi.waitUntil(() => backplane.health.state === 'degraded', 20_000);
      return async () => {
        proxy.accept();
        await vi.waitUntil(() => backplane.health.state === 'live', { timeout: 20_000 });
      };
    };
    return {
      backplanes: [members[0].backplane, members[1].backplane],
      advance: async (ms) => {
        clock.advance(ms);
        await delay(SWEEP_MS);
      },
      cut,
      // Its lease ends at once, which it would a few seconds later.
      kill: async (index) => {
        await cut(index);
        hub.forget(`node${index}`);
      },
      lose: (channel) => loseChannel(memory, MAX_BYTES, channel),
    };
  },
});
