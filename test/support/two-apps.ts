import { vi } from 'vitest';
import type { SkreaverWsModuleOptions } from '@skreaver/nestjs-ws';
import type { PairedBackplane } from '../contract/paired/paired-backplane.js';
import { PairedBackplanes } from '../contract/paired-backplanes.js';
import { type TestApp, startApp, testAuth } from './test-app.js';

export interface TwoApps {
  readonly apps: readonly [TestApp, TestApp];
  /** The link of each to the cluster, to be cut. */
  readonly links: readonly [PairedBackplane, PairedBackplane];
  /** Ends the wait for nodes that have not confirmed a command, once so many are waited for. */
  readonly passTime: (commands?: number) => Promise<void>;
}

const CONFIRMATION_MS = 5000;

/** Two Nest applications that are one server: a cluster in this process. */
export async function startTwoApps(options: SkreaverWsModuleOptions = testAuth): Promise<TwoApps> {
  const cluster = new PairedBackplanes({ maxBytes: 64 * 1_048_576 });
  const start = async () => {
    const link = cluster.member();
    return { link, app: await startApp({ ...options, backplane: { useFactory: () => link } }) };
  };
  const passTime = async (commands = 1) => {
    await vi.waitUntil(() => cluster.commandsUnderWay === commands, 20_000);
    cluster.time.advance(CONFIRMATION_MS);
  };
  const [one, two] = [await start(), await start()];
  return {
    apps: [one.app, two.app],
    links: [one.link, two.link],
    passTime,
  };
}
