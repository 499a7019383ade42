import { chmodSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { startHub } from './hub.js';

function folderOf(): string {
  const folder = mkdtempSync(join(tmpdir(), 'skreaver-hub-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

const start = async (path: string): Promise<void> => {
  const hub = await startHub({ path });
  onTestFinished(() => hub.close());
};

const permissions = (path: string): string => (statSync(path).mode % 0o1000).toString(8);

describe('the socket of the hub', () => {
  it('may be entered by its user alone, as may its folder, which is made', async () => {
    const folder = join(folderOf(), 'hub');
    await start(join(folder, 'hub.sock'));
    expect([permissions(folder), permissions(join(folder, 'hub.sock'))]).toEqual(['700', '600']);
  });

  it('is refused in a folder that others may enter', async () => {
    const folder = folderOf();
    chmodSync(folder, 0o755);
    await expect(startHub({ path: join(folder, 'hub.sock') })).rejects.toThrow('mode 0700');
  });

  it('takes the place of one that a killed hub has left behind', async () => {
    const path = join(folderOf(), 'hub.sock');
    writeFileSync(path, '');
    await start(path);
    const socket = connect(path);
    await once(socket, 'connect');
    socket.destroy();
  });

  it('is not taken from another hub', async () => {
    const path = join(folderOf(), 'hub.sock');
    await start(path);
    await expect(startHub({ path })).rejects.toThrow('Another hub listens');
  });

  it('has a path that fits into its address', async () => {
    await expect(startHub({ path: `/tmp/${'a'.repeat(200)}` })).rejects.toThrow('107 bytes');
  });
});
