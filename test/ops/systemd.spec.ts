import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SkreaverWsConfig } from '@skreaver/nestjs-ws';
import { describe, expect, it, onTestFinished } from 'vitest';
import { type Change, shipped } from './shipped-file.js';

const UNIT = 'systemd/skreaver-ws.service';
/** The Node of this machine may be elsewhere. */
const NODE: Change = ['ExecStart=/usr/bin/node ', `ExecStart=${process.execPath} `];

function analyzed(command: readonly string[], ...changes: readonly Change[]) {
  const dir = mkdtempSync(join(tmpdir(), 'systemd-'));
  onTestFinished(() => rmSync(dir, { recursive: true }));
  const file = join(dir, 'skreaver-ws.service');
  writeFileSync(file, shipped(UNIT, NODE, ...changes));
  const { status, stdout, stderr } = spawnSync('/usr/bin/systemd-analyze', [...command, file], { encoding: 'utf8' });
  return { status, stdout, stderr };
}

/** What systemd says of this unit, leaving out what it says of others and of the machine. */
const complaints = ({ stderr }: { stderr: string }): string[] =>
  stderr.split('\n').filter((line) => line.includes('skreaver-ws.service'));

describe('the unit of systemd', () => {
  it('is one that systemd accepts', () => {
    expect(complaints(analyzed(['verify']))).toEqual([]);
  });

  it('would not be accepted with a directive that there is not', () => {
    expect(complaints(analyzed(['verify'], ['DynamicUser=yes', 'DynamicUsers=yes']))).toEqual([
      expect.stringContaining('DynamicUsers'),
    ]);
  });

  it('exposes little of the machine', () => {
    const { status, stdout } = analyzed(['security', '--offline=yes', '--threshold=20', '--no-pager']);
    expect([status, stdout.split('\n').findLast((line) => line.includes('Overall'))]).toEqual([
      0,
      expect.stringMatching(/: [01]\.\d OK/),
    ]);
  });

  it('waits for longer than a drain takes before it kills', () => {
    const [, seconds = 0] = /^TimeoutStopSec=(\d+)s$/m.exec(shipped(UNIT)) ?? [];
    expect(Number(seconds) * 1000).toBeGreaterThan(new SkreaverWsConfig().shutdownTimeout + 1000);
  });
});
