import { EventEmitter } from 'node:events';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { FakeProcesses } from '../../../../../test/support/fake-processes.js';
import { WorkerStartError } from '../worker-start-error.js';
import { resolveWorkersOptions } from '../workers.options.js';
import { PrimaryServer } from './primary-server.js';

/** A primary process of fake workers. */
function primary(workers = 3) {
  const processes = new FakeProcesses();
  const signals = new EventEmitter();
  const lines: object[] = [];
  const log = (line: object): void => void lines.push(line);
  const started: object[] = [];
  const options = resolveWorkersOptions({
    workers,
    shutdownTimeout: 1000,
    logger: { log, warn: log, error: log },
    onStarted: (server) => started.push(server),
  });
  const server = new PrimaryServer(options, processes.start, signals);
  let exitCode: number | undefined;
  void server.ended.then((code) => (exitCode = code));
  return {
    processes,
    signals,
    lines,
    started,
    server,
    exitCode: async () => {
      await vi.advanceTimersByTimeAsync(0);
      return exitCode;
    },
  };
}

async function running(workers = 3) {
  const world = primary(workers);
  const started = world.server.start();
  for (let number = 0; number < workers; number += 1) {
    await vi.advanceTimersByTimeAsync(0);
    world.processes.all[number]?.starts();
  }
  await started;
  return world;
}

const pids = ({ processes }: ReturnType<typeof primary>): number[] => processes.all.map(({ pid }) => pid);

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

describe('the start of the primary process', () => {
  it('starts the others when the first worker has started, and says when all have', async () => {
    const world = primary();
    const start = world.server.start();
    expect(pids(world)).toEqual([1]);
    world.processes.last.events.onListening(8080);
    world.processes.last.starts();
    await vi.advanceTimersByTimeAsync(0);
    expect(pids(world)).toEqual([1, 2, 3]);
    world.processes.all[1]?.starts();
    expect(world.started).toEqual([]);
    world.processes.all[2]?.starts();
    await start;
    expect(world.started).toEqual([{ workers: 3, port: 8080 }]);
  });

  it('fails with the error of the first worker, without starting another', async () => {
    const world = primary();
    const start = world.server.start();
    world.processes.last.fails('PORT is "x".');
    await expect(start).rejects.toMatchObject({ name: 'ConfigError', message: 'PORT is "x".' });
    expect(pids(world)).toEqual([1]);
  });

  it('fails when a worker ends without a word, and ends the others', async () => {
    const world = primary();
    const start = world.server.start();
    const failure = start.catch((error: unknown) => error);
    world.processes.last.starts();
    await vi.advanceTimersByTimeAsync(0);
    world.processes.last.ends('SIGABRT');
    await vi.advanceTimersByTimeAsync(0);
    expect(world.processes.all[0]?.signals).toEqual(['SIGTERM']);
    world.processes.all[0]?.ends();
    world.processes.all[1]?.ends();
    expect(await failure).toEqual(new WorkerStartError('A worker ended before it had started (SIGABRT).'));
  });

  it('is given up at a signal, without an error', async () => {
    const world = primary();
    const start = world.server.start();
    world.signals.emit('SIGTERM');
    world.processes.last.ends('SIGTERM');
    await start;
    expect(world.started).toEqual([]);
    expect(await world.exitCode()).toBe(0);
    expect(pids(world)).toEqual([1]);
  });
});

describe('a worker that ends', () => {
  it('is replaced at once, whatever it died of', async () => {
    const world = await running();
    world.processes.all[1]?.ends('SIGKILL');
    await vi.advanceTimersByTimeAsync(0);
    expect(pids(world)).toEqual([1, 2, 3, 4]);
    expect(world.lines.at(-1)).toMatchObject({ worker: 2, how: 'SIGKILL' });
  });

  it('is replaced later and later while its successors die young, however often', async () => {
    const world = await running(2);
    for (let deaths = 0; deaths < 30; deaths += 1) {
      world.processes.last.ends();
      await vi.advanceTimersByTimeAsync(10_000);
      world.processes.last.starts();
    }
    expect(world.processes.all).toHaveLength(32);
    expect(await world.exitCode()).toBeUndefined();
  });

  it('ends the server with exit code 1 when eight replacements in a row fail to start', async () => {
    const world = await running(2);
    world.processes.last.ends();
    for (let attempts = 0; attempts < 8; attempts += 1) {
      await vi.advanceTimersByTimeAsync(10_000);
      world.processes.last.fails('no memory');
    }
    await vi.advanceTimersByTimeAsync(60_000);
    expect(world.processes.all).toHaveLength(10);
    expect(world.lines.at(-1)).toEqual({
      error: 'no memory',
      msg: 'workers fail to start one after another; the server ends',
    });
    world.processes.all[0]?.ends();
    expect(await world.exitCode()).toBe(1);
  });

  it('does not end the server while replacements start in between', async () => {
    const world = await running(2);
    for (let round = 0; round < 5; round += 1) {
      world.processes.last.ends();
      for (let attempts = 0; attempts < 7; attempts += 1) {
        await vi.advanceTimersByTimeAsync(10_000);
        world.processes.last.fails('no memory');
      }
      await vi.advanceTimersByTimeAsync(10_000);
      world.processes.last.starts();
    }
    expect(await world.exitCode()).toBeUndefined();
  });
});

describe('the shutdown of the primary process', () => {
  it.each(['SIGTERM', 'SIGINT'])('drains each worker once at %s, and exits with 0 after the last', async (signal) => {
    const world = await running();
    world.signals.emit(signal);
    world.signals.emit(signal);
    for (const process of world.processes.all) expect(process.signals).toEqual(['SIGTERM']);
    world.processes.all[0]?.ends('SIGTERM');
    world.processes.all[1]?.ends('exit code 1');
    expect(await world.exitCode()).toBeUndefined();
    world.processes.all[2]?.ends();
    expect(await world.exitCode()).toBe(0);
    expect(pids(world)).toEqual([1, 2, 3]);
  });

  it('starts no replacement that was due', async () => {
    const world = await running(2);
    world.processes.last.ends();
    await vi.advanceTimersByTimeAsync(0);
    world.processes.last.ends();
    world.signals.emit('SIGTERM');
    await vi.advanceTimersByTimeAsync(500);
    expect(pids(world)).toEqual([1, 2, 3]);
    world.processes.all[0]?.ends();
    expect(await world.exitCode()).toBe(0);
  });

  it('kills the workers that are left at the deadline', async () => {
    const world = await running(2);
    world.signals.emit('SIGTERM');
    world.processes.last.ends();
    await vi.advanceTimersByTimeAsync(999);
    expect(await world.exitCode()).toBeUndefined();
    await vi.advanceTimersByTimeAsync(1);
    expect(world.processes.all.map(({ signals }) => signals)).toEqual([['SIGTERM', 'SIGKILL'], ['SIGTERM']]);
    expect(await world.exitCode()).toBe(0);
  });

  it.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ])('kills all workers at a further %s, and exits with %d', async (signal, code) => {
    const world = await running(2);
    world.signals.emit('SIGINT');
    await vi.advanceTimersByTimeAsync(500);
    world.signals.emit(signal);
    expect(await world.exitCode()).toBe(code);
  });

  it('takes signals within half a second for one, as npm passes on what a terminal sent already', async () => {
    const world = await running(2);
    world.signals.emit('SIGINT');
    await vi.advanceTimersByTimeAsync(499);
    world.signals.emit('SIGINT');
    expect(world.processes.last.signals).toEqual(['SIGTERM']);
  });
});
