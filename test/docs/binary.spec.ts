import { readFileSync } from 'node:fs';
import { CloseCode } from '@skreaver/nestjs-ws';
import { forgetHistory } from '@skreaver/nestjs-ws/testing';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { WebSocket } from 'ws';
import { RunningProcess } from '../support/running-process.js';
import { startApp } from '../support/test-app.js';
import { recorder } from './snippets/recorder.js';
import { Recordings } from './snippets/recordings.js';

const read = (path: string): string => readFileSync(new URL(path, import.meta.url), 'utf8');
const tested = (path: string): string => read(path).split('\n').slice(1).join('\n');

describe('the recordings of the guide', () => {
  it('are the ones that are tested here', () => {
    const guide = read('../../docs/guide/binary.md');
    expect(guide).toContain(`\`\`\`ts\n${tested('./snippets/recordings.ts')}\`\`\``);
    const client = tested('./snippets/recorder.js').replace('export function', 'function');
    expect(guide).toContain(`\`\`\`js\n${client}\`\`\``);
  });

  it('reach a client that speaks MessagePack as bytes, and one that speaks JSON as base64', async () => {
    vi.stubGlobal('WebSocket', WebSocket);
    onTestFinished(() => void vi.unstubAllGlobals());
    const app = await startApp({}, { providers: [Recordings] });
    const listener = await app.connect();
    await listener.subscribe('recordings');
    const audio = Uint8Array.of(0, 255, 7);
    let client: ReturnType<typeof recorder> | undefined;
    const recorded = new Promise((resolve) => {
      client = recorder(app.url, (name, bytes) => resolve({ name, bytes }));
    });
    await expect
      .poll(() => app.registry.list().flatMap(({ id }) => app.subscriptions.subscriptionsOf(id)))
      .toEqual(['recordings', 'recordings']);
    client?.add('hello', audio);
    expect(await recorded).toEqual({ name: 'hello', bytes: audio });
    expect((await listener.next('event')).data).toEqual({ name: 'hello', audio: 'AP8H' });
    client?.close();
  });
});

describe('the Python client of the guide', () => {
  const [, python = ''] = /```python\n([^]*?)```/.exec(read('../../docs/guide/binary.md')) ?? [];
  const channels = { recordings: { clientPublish: true, history: { size: 100, ttl: 60_000 } } };

  /** Runs the functions of the guide, and prints what they are given. */
  const driven = (url: string): string => `${python}
import asyncio, datetime

async def handle(data):
    print("event", data)

async def reload():
    print("reload")

async def main():
    print("published", await request("${url}", "publish", {"channel": "recordings", "data": {"audio": b"\\x00\\xff\\x07", "size": 2**63}}))
    print("refused", (await request("${url}", "publish", {"channel": "recordings", "data": msgpack.Timestamp(1)}))["error"]["code"])
    try:
        await watch("${url}", "recordings", handle, reload)
    except websockets.ConnectionClosedError as closed:
        print("ended", closed.rcvd.code)

asyncio.run(main())
`;

  it('publishes bytes, gets them, recovers what it missed, and stays away after a kick', async () => {
    const app = await startApp({ channels });
    const listener = await app.connect();
    await listener.subscribe('recordings');
    const listening = app.registry.list()[0]?.id;
    const client = new RunningProcess('/usr/bin/python3', ['-u', '-c', driven(app.url)]);
    expect((await listener.next('event')).data).toEqual({ audio: 'AP8H', size: 2 ** 63 });
    const end = (code: CloseCode): void => {
      const watching = app.registry
        .list()
        .filter(({ id, subscriptions }) => id !== listening && subscriptions.length > 0);
      expect(watching).toHaveLength(1);
      for (const { id } of watching) void app.registry.disconnect(id, code);
    };
    await client.prints(/reload\n/);
    await app.subscriptions.broadcast('recordings', { audio: Uint8Array.of(1), at: 1 });
    await client.prints(/'at': 1}\n/);
    end(CloseCode.PongTimeout);
    await app.subscriptions.broadcast('recordings', { at: 2 });
    await client.prints(/'at': 2}\n/);
    end(CloseCode.GoingAway);
    await app.subscriptions.broadcast('recordings', { at: 3 });
    await client.prints(/'at': 3}\n/);
    await forgetHistory(app.app, 'recordings');
    end(CloseCode.PongTimeout);
    await client.prints(/reload\n[^]*reload\n/);
    end(CloseCode.ForcedDisconnect);
    await client.prints(/ended \d+\n/);
    expect(client.printed.split('\n')).toEqual([
      expect.stringMatching(
        /^published \{'status': 'success', 'result': \{'delivered': 1, 'epoch': '[\w-]+', 'offset': 1\}\}$/,
      ),
      'refused INVALID_MESSAGE',
      'reload',
      "event {'audio': b'\\x01', 'at': 1}",
      "event {'at': 2}",
      "event {'at': 3}",
      'reload',
      'ended 4505',
      '',
    ]);
  });
});
