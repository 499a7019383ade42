import { setTimeout as delay } from 'node:timers/promises';
import type { Random } from '../../random.js';
import type { WorkersServer } from '../workers-server.js';
import type { Fault } from './fault.js';

/** What faults are done to. */
export interface WorkersStage {
  readonly server: WorkersServer;
  readonly random: Random;
}

async function stopWorker({ server, random }: WorkersStage, ms: number): Promise<void> {
  const worker = random.pick(server.workers);
  process.kill(worker, 'SIGSTOP');
  await delay(ms);
  process.kill(worker, 'SIGCONT');
}

async function stopHub({ server }: WorkersStage, ms: number): Promise<void> {
  server.sleep();
  await delay(ms);
  server.wake();
}

/** To the processes of one server. */
export const workerFaults: readonly Fault<WorkersStage>[] = [
  {
    name: 'a worker is killed and replaced',
    on: 'node',
    happen: ({ server, random }) => server.replace(random.pick(server.workers), 'SIGKILL'),
  },
  {
    name: 'the workers drain and are replaced, one after another',
    on: 'node',
    happen: async ({ server }) => {
      for (const worker of server.workers) await server.replace(worker, 'SIGTERM');
    },
  },
  { name: 'a worker is stopped for 3 s', on: 'node', happen: (stage) => stopWorker(stage, 3000) },
  { name: 'the hub is stopped for 1 s', on: 'engine', happen: (stage) => stopHub(stage, 1000) },
  {
    name: 'the hub is slow',
    on: 'engine',
    happen: async (stage) => {
      for (let times = 0; times < 15; times += 1) {
        await stopHub(stage, stage.random.below(200));
        await delay(stage.random.below(20));
      }
    },
  },
  {
    name: 'the primary process is killed, and the server is started anew',
    mayLose: true,
    on: 'engine',
    happen: async ({ server }) => {
      await server.kill();
      await server.run();
    },
  },
];

/** Longer than a request or the lease of a worker, or with the start of all processes. */
export const longWorkerFaults: readonly Fault<WorkersStage>[] = [
  { name: 'the hub is stopped for 5 s', on: 'engine', happen: (stage) => stopHub(stage, 5000) },
  { name: 'a worker is stopped for 12 s', on: 'node', happen: (stage) => stopWorker(stage, 12_000) },
  {
    name: 'the server drains, and is started anew',
    mayLose: true,
    on: 'engine',
    happen: async ({ server }) => {
      await server.drain();
      await server.run();
    },
  },
];
