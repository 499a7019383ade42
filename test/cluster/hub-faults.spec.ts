import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { type Socket, connect } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { startHub } from '../../libs/workers/src/index.js';
import { HubBackplane } from '../../libs/workers/src/node/hub-backplane.js';
import { FrameSocket } from '../../libs/workers/src/wire/frame-socket.js';
import { ToHub, VERSION } from '../../libs/workers/src/wire/frame.js';
import { BackplaneUnavailableError, type NewPublication } from '../../src/backplane/index.js';
import { RecordingNode } from '../contract/recording-node.js';
import { hubFolder } from '../support/hub-folder.js';
import { HubProcess } from '../support/hub-process.js';
import { RunningProcess } from '../support/running-process.js';

const WORKER = join(import.meta.dirname, '../reliability/children/hub-worker.mjs');
const MIB = 1024 * 1024;
const history = { size: 100, ttl: 600_000 };
const publication = (dataJson: string, more: Partial<NewPublication> = {}): NewPublication => ({
  channel: 'chat',
  dataJson,
  history,
  ...more,
});
const eventually = (holds: () => boolean, timeout = 15_000): Promise<unknown> =>
  vi.waitUntil(holds, { timeout, interval: 10 });

async function joinHub(path: string, id: string): Promise<{ backplane: HubBackplane; node: RecordingNode }> {
  const backplane = new HubBackplane({ path });
  const node = new RecordingNode(id);
  await backplane.start(node);
  onTestFinished(() => backplane.detach());
  await backplane.open(['chat']);
  return { backplane, node };
}

async function joinBehindProxy(hub: HubProcess, id: string) {
  const { proxy, path } = await hub.behindProxy();
  return { proxy, ...(await joinHub(path, id)) };
}

async function outcomeOf(work: Promise<unknown>): Promise<string> {
  const error: unknown = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  return error instanceof BackplaneUnavailableError ? error.outcome : `no outage: ${String(error)}`;
}

/** A worker that says hello and opens a channel, and then does nothing more, not even read. */
async function stubborn(path: string): Promise<Socket> {
  const socket = connect(path);
  await once(socket, 'connect');
  onTestFinished(() => void socket.destroy());
  const frames = new FrameSocket(socket, MIB, { frame: () => undefined, closed: () => undefined });
  frames.send(ToHub.hello, 1, (out) => {
    out.u32(VERSION);
    out.u32(process.pid);
    out.text('stubborn');
    out.text('');
    out.u8(0);
  });
  frames.send(ToHub.open, 2, (out) => {
    out.u32(1);
    out.text('chat');
  });
  await once(socket, 'data');
  socket.pause();
  return socket;
}

const isClosed = (socket: Socket): Promise<unknown> => once(socket.resume(), 'close');

const isLive = ({ backplane }: { backplane: HubBackplane }): boolean => backplane.health.state === 'live';

describe('a worker and its hub', () => {
  it('that is killed and started anew remembers nothing, and the worker is told so', async () => {
    const hub = await HubProcess.start();
    const worker = await joinHub(hub.path, 'node0');
    const before = await worker.backplane.publish(publication('1'));
    await hub.kill();
    await eventually(() => !isLive(worker));
    expect(await outcomeOf(worker.backplane.publish(publication('2')))).toBe('not_done');
    await hub.startAgain();
    await eventually(() => worker.node.link.length === 2);
    expect(worker.node.link).toEqual(['interrupted', 'restored: memory lost']);
    expect(worker.node.commandsLost).toBe(1);
    const after = await worker.backplane.publish(publication('3'));
    expect(after).toMatchObject({ delivered: 1, nodes: 1, position: { offset: 1 } });
    expect(after.position?.epoch).not.toBe(before.position?.epoch);
  });

  it('that does not answer: what was under way is unknown after 3 s, what comes then is not done', async () => {
    const hub = await HubProcess.start();
    const worker = await joinHub(hub.path, 'node0');
    const before = await worker.backplane.publish(publication('1'));
    hub.sleep();
    expect(await outcomeOf(worker.backplane.publish(publication('2')))).toBe('unknown');
    expect(await outcomeOf(worker.backplane.publish(publication('3')))).toBe('not_done');
    hub.wake();
    await eventually(() => worker.node.link.length === 2);
    expect(worker.node.link).toEqual(['interrupted', 'restored: memory kept']);
    const { top } = await worker.backplane.history('chat', { limit: 10 });
    expect(top).toEqual({ epoch: before.position?.epoch, offset: 2 });
  });

  it('find a connection that is half open, without any traffic', async () => {
    const hub = await HubProcess.start();
    const worker = await joinBehindProxy(hub, 'node0');
    worker.proxy.isSilent = true;
    await eventually(() => !isLive(worker), 6000);
    worker.proxy.isSilent = false;
    await eventually(() => isLive(worker));
    expect(worker.node.link).toEqual(['interrupted', 'restored: memory kept']);
  });

  it('read what the worker has missed for a client that comes back from where the worker was', async () => {
    const hub = await HubProcess.start();
    const worker = await joinBehindProxy(hub, 'node0');
    const other = await joinHub(hub.path, 'node1');
    await other.backplane.publish(publication('1'));
    const [seen] = await worker.node.got('chat', 1);
    worker.proxy.refuse();
    await eventually(() => !isLive(worker));
    await other.backplane.publish(publication('2'));
    worker.proxy.accept();
    await eventually(() => isLive(worker));
    await worker.backplane.positions(new Map([['chat', seen?.position]]));
    const page = await worker.backplane.history('chat', { after: 1, limit: 10, seen: true });
    expect(page.publications.map(({ dataJson }) => dataJson)).toEqual(['2']);
  });

  it('publish what has an idempotency key once, through a cut', async () => {
    const hub = await HubProcess.start();
    const worker = await joinBehindProxy(hub, 'node0');
    const observer = await joinHub(hub.path, 'node1');
    for (let number = 1; number <= 5; number += 1) {
      worker.proxy.isSilent = true;
      const published = worker.backplane.publish(publication(`${number}`, { idempotencyKey: `k${number}` }));
      // It was published, and the answer is lost.
      await observer.node.got('chat', number);
      worker.proxy.isSilent = false;
      worker.proxy.cut();
      expect(await published).toMatchObject({ position: { offset: number } });
      await eventually(() => isLive(worker));
    }
    const { publications } = await worker.backplane.history('chat', { limit: 10 });
    expect(publications.map(({ dataJson }) => dataJson)).toEqual(['1', '2', '3', '4', '5']);
  });

  it('part when the worker does not read, and the other workers notice nothing', async () => {
    const path = join(hubFolder(), 'hub.sock');
    const hub = await startHub({ path, maxBufferedBytes: MIB });
    onTestFinished(() => hub.close());
    const other = await joinHub(path, 'node0');
    const slow = await stubborn(path);
    const data = JSON.stringify('x'.repeat(64 * 1024));
    const nodes: unknown[] = [];
    for (let number = 0; number < 100; number += 1)
      nodes.push((await other.backplane.publish(publication(data))).nodes);
    expect(nodes[0]).toBe(2);
    expect(nodes.at(-1)).toBe(1);
    await isClosed(slow);
    expect(other.node.delivered).toHaveLength(100);
    expect(other.node.link).toEqual([]);
  });

  it('part when the worker was silent for 7 s, and its members are away', async () => {
    const path = join(hubFolder(), 'hub.sock');
    const hub = await startHub({ path });
    onTestFinished(() => hub.close());
    const other = await joinHub(path, 'node0');
    const silent = await stubborn(path);
    expect(await other.backplane.publish(publication('1'))).toMatchObject({ nodes: 2 });
    await isClosed(silent);
    expect(await other.backplane.publish(publication('2'))).toMatchObject({ nodes: 1 });
    const outcome = await other.backplane.dispatch({ kind: 'revoke', userId: 'ann', channel: undefined });
    expect(outcome).toMatchObject({ affected: 1, unconfirmed: 0 });
  });

  it('that was stopped for longer than its lease executes what was revoked before it gets a later event', async () => {
    const hub = await HubProcess.start();
    const other = await joinHub(hub.path, 'node0');
    const worker = new RunningProcess(process.execPath, [WORKER, hub.path, 'node1']);
    await worker.prints(/joined/);
    worker.sleep();
    const revoke = (channel: string) => other.backplane.dispatch({ kind: 'revoke', userId: 'ann', channel });
    expect(await revoke('early')).toMatchObject({ affected: 1, unconfirmed: 1 });
    await vi.waitUntil(async () => (await other.backplane.publish(publication('"1"'))).nodes === 1, {
      timeout: 20_000,
    });
    expect(await revoke('late')).toMatchObject({ affected: 1, unconfirmed: 0 });
    worker.wake();
    await worker.prints(/restored kept/);
    expect(await other.backplane.publish(publication('"2"'))).toMatchObject({ nodes: 2 });
    await worker.prints(/event "2"/);
    const lines = worker.printed.split('\n').filter((line) => /^(command|event "2")/.test(line));
    expect(lines).toEqual(['command revoke early', 'command revoke late', 'event "2"']);
    expect(worker.printed.indexOf('command revoke early')).toBeLessThan(worker.printed.indexOf('event "1"'));
    expect(worker.printed.indexOf('command revoke late')).toBeLessThan(worker.printed.indexOf('restored kept'));
  });

  it.each([1, 2, 3, 4, 5])('end what sends garbage, and serve the others (%d)', async () => {
    const path = join(hubFolder(), 'hub.sock');
    const hub = await startHub({ path });
    onTestFinished(() => hub.close());
    const other = await joinHub(path, 'node0');
    const socket = connect(path);
    // The first byte of a length makes it too long, whatever comes after it.
    socket.write(Buffer.concat([Buffer.from([0xff]), randomBytes(2000)]));
    await isClosed(socket);
    expect(await other.backplane.publish(publication('1'))).toMatchObject({ nodes: 1, delivered: 1 });
    expect(other.node.link).toEqual([]);
  });

  it('part when the first frame is no hello, or of another version', async () => {
    const path = join(hubFolder(), 'hub.sock');
    const hub = await startHub({ path });
    onTestFinished(() => hub.close());
    for (const [kind, version] of [
      [ToHub.publish, VERSION],
      [ToHub.hello, VERSION + 1],
    ] as const) {
      const socket = connect(path);
      const closed = once(socket, 'close');
      const frames = new FrameSocket(socket, MIB, { frame: () => undefined, closed: () => undefined });
      frames.send(kind, 1, (out) => out.u32(version));
      await closed;
    }
  });

  it('do not begin without each other: the start fails within 10 s, with a sentence', async () => {
    const backplane = new HubBackplane({ path: join(hubFolder(), 'hub.sock') });
    await expect(backplane.start(new RecordingNode('node0'))).rejects.toThrow(/^The hub cannot be reached: .*ENOENT/);
  });

  it('pass 1000 events of 64 KiB of a history, which are many times what may wait', async () => {
    const path = join(hubFolder(), 'hub.sock');
    const hub = await startHub({ path, maxBufferedBytes: MIB, historyMaxBytes: 256 * MIB });
    onTestFinished(() => hub.close());
    const worker = await joinHub(path, 'node0');
    const data = JSON.stringify('x'.repeat(64 * 1024));
    const limits = { size: 1000, ttl: 600_000 };
    for (let number = 0; number < 1000; number += 1) {
      await worker.backplane.publish({ channel: 'large', dataJson: data, history: limits });
    }
    const { publications } = await worker.backplane.history('large', { limit: 1000 });
    expect(publications.map(({ position }) => position.offset)).toEqual(publications.map((_, index) => index + 1));
    expect(publications).toHaveLength(1000);
    expect(worker.node.link).toEqual([]);
  });
});
