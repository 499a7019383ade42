import { once } from 'node:events';
import { connect } from 'node:net';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { nodeBinary } from '../support/node-binary.js';
import { pidOf, WorkerApp } from './worker-app.js';

describe('an application in workers', () => {
  it.each([process.execPath, nodeBinary(22), nodeBinary(24)])(
    'shares one port and deals connections out evenly, on %s',
    async (node) => {
      const app = await WorkerApp.start({ WORKERS: '3' }, node);
      expect(app.workers).toHaveLength(3);
      const byWorker = new Map<number, number>();
      for (let number = 0; number < 30; number += 1) {
        const pid = await pidOf(await app.connect());
        byWorker.set(pid, (byWorker.get(pid) ?? 0) + 1);
      }
      expect([...byWorker.values()]).toEqual([10, 10, 10]);
    },
  );

  it('runs in the one process with one worker', async () => {
    const app = WorkerApp.spawn({ WORKERS: '1' });
    await app.prints(new RegExp(`worker ${app.pid} listens`));
    app.signal('SIGTERM');
    await app.exited;
    expect(app.printed).not.toContain('up:');
  });

  it('ends with the error of bootstrap, said once', async () => {
    const app = WorkerApp.spawn({ WORKERS: '3', FAILS: 'always' });
    expect(await app.exited).toBe(1);
    expect(app.printed.match(/TypeError\]: no database/g)).toHaveLength(1);
    expect(app.printed).not.toContain('listens');
  });

  it('says in one sentence that the port is in use, and leaves no process', async () => {
    const first = await WorkerApp.start();
    const app = WorkerApp.spawn({ PORT: String(first.port) });
    expect(await app.exited).toBe(1);
    expect(app.printed).toMatch(/EADDRINUSE/);
    await vi.waitUntil(() => isGone(app.pid), 20_000);
  });
});

describe('a worker that is killed', () => {
  it('is replaced on the same port, and again', async () => {
    const app = await WorkerApp.start();
    for (let times = 0; times < 3; times += 1) {
      const clients = await app.connectToEach(2);
      await app.kill(app.workers.at(-1) ?? 0);
      const closed = await Promise.race(clients.map((client) => client.closed));
      expect(closed.code).toBe(1006);
    }
    expect(await app.connectToEach(2)).toHaveLength(2);
  });

  it('has a connection closed that was dealt out to it, and that it did not take', async () => {
    const app = await WorkerApp.start();
    const [worker = 0] = app.workers;
    process.kill(worker, 'SIGSTOP');
    // In turn, one to each worker.
    const sockets = [connect(app.port, '127.0.0.1'), connect(app.port, '127.0.0.1')];
    onTestFinished(() => sockets.forEach((socket) => socket.destroy()));
    const closed = sockets.map((socket) => once(socket.on('error', () => {}).resume(), 'close'));
    await Promise.all(sockets.map((socket) => once(socket, 'connect')));
    // A worker that runs has got its connection when it answers a later one.
    await pidOf(await app.connect());
    process.kill(worker, 'SIGKILL');
    await Promise.race(closed);
    expect(sockets.filter((socket) => socket.closed)).toHaveLength(1);
  });

  it('ends the server with its error when its replacements fail to start one after another', async () => {
    const app = await WorkerApp.start({ FAILS: 'replacements' });
    const clients = await app.connectToEach(2);
    process.kill(app.workers[0] ?? 0, 'SIGKILL');
    const codes = await Promise.all(clients.map(async (client) => (await client.closed).code));
    expect(codes.toSorted()).toEqual([1006, 1012]);
    expect(await app.primary.exited).toBe(1);
    expect(app.primary.printed).toContain('error: workers fail to start one after another; the server ends');
  }, 90_000);
});

describe('the shutdown of an application in workers', () => {
  it('drains each worker at SIGTERM to the primary process, and exits with 0', async () => {
    const app = await WorkerApp.start();
    const clients = await app.connectToEach(2);
    process.kill(app.primary.pid, 'SIGTERM');
    for (const client of clients) expect((await client.closed).code).toBe(1012);
    expect(await app.primary.exited).toBe(0);
    await app.isGone();
  });

  it.each(['SIGINT', 'SIGTERM'] as const)('drains each worker once when %s goes to all processes', async (signal) => {
    const app = await WorkerApp.start();
    const clients = await app.connectToEach(2);
    app.primary.signal(signal);
    for (const client of clients) expect((await client.closed).code).toBe(1012);
    expect(await app.primary.exited).toBe(0);
    await app.isGone();
  });

  it('kills the workers that do not end in time', async () => {
    const app = await WorkerApp.start({ FAILS: 'hangs', SHUTDOWN_MS: '500' });
    process.kill(app.primary.pid, 'SIGTERM');
    expect(await app.primary.exited).toBe(0);
    await app.isGone();
  });

  it('ends at once at a further signal', async () => {
    const app = await WorkerApp.start({ FAILS: 'hangs', SHUTDOWN_MS: '60000' });
    process.kill(app.primary.pid, 'SIGINT');
    await vi.waitUntil(() => app.primary.printed.match(/drains/g)?.length === 2, 20_000);
    await vi.waitUntil(
      () => {
        if (app.primary.isRunning) process.kill(app.primary.pid, 'SIGINT');
        return !app.primary.isRunning;
      },
      { interval: 600, timeout: 20_000 },
    );
    expect(await app.primary.exited).toBe(130);
    await app.isGone();
  });

  it('happens in each worker by itself when the primary process is killed', async () => {
    const app = await WorkerApp.start();
    const clients = await app.connectToEach(2);
    process.kill(app.primary.pid, 'SIGKILL');
    for (const client of clients) expect((await client.closed).code).toBe(1012);
    await app.isGone();
  });
});

function isGone(group: number): boolean {
  try {
    process.kill(-group, 0);
    return false;
  } catch {
    return true;
  }
}
