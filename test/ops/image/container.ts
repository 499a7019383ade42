import { readFileSync } from 'node:fs';
import { onTestFinished } from 'vitest';
import { RunningProcess } from '../../support/running-process.js';
import type { ImageConfig } from './buildah.js';

/**
 * Runs a command of an image as Docker does with `--read-only --cap-drop ALL --security-opt no-new-privileges`: as its
 * user, in its directory, with its environment, as process 1. The network is that of the host.
 */
export class Container {
  readonly process: RunningProcess;

  constructor(
    root: string,
    config: ImageConfig,
    command: readonly string[],
    env: Readonly<Record<string, string>> = {},
  ) {
    const [uid = '', gid = ''] = config.User.split(':');
    const inside = ['--root', root, '--wd', config.WorkingDir, '--setgid', gid, '--setuid', uid];
    const bounding = '--bounding-set=-all,+sys_chroot,+setuid,+setgid';
    // The root becomes a mount of its own that cannot be written to, and everything that follows lives in it.
    const script = `mount --bind "$0" "$0" && mount -o remount,bind,ro "$0" && mount -t proc proc "$0/proc" && exec setpriv --no-new-privs ${bounding} unshare "$@"`;
    this.process = new RunningProcess(
      'unshare',
      ['--mount', '--pid', '--fork', 'sh', '-c', script, root, ...inside, ...command],
      { ...process.env, ...environmentOf(config), ...env },
      (end) => {
        onTestFinished(async () => {
          if (this.process.isRunning) this.signal('SIGKILL');
          await end();
        });
      },
    );
  }

  /** The status of process 1 of the container, as the kernel sees it. */
  status(): string {
    return readFileSync(`/proc/${this.init}/status`, 'utf8');
  }

  mounts(): string {
    return readFileSync(`/proc/${this.init}/mounts`, 'utf8');
  }

  signal(name: NodeJS.Signals): void {
    process.kill(this.init, name);
  }

  /** The process that is number 1 inside. With it, all others of the container end. */
  private get init(): number {
    const { pid } = this.process;
    const [child] = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ');
    if (!child) throw new Error(`The container has no process; it printed:\n${this.process.printed}`);
    return Number(child);
  }
}

const environmentOf = ({ Env }: ImageConfig): Record<string, string> =>
  Object.fromEntries(Env.map((entry) => [entry.slice(0, entry.indexOf('=')), entry.slice(entry.indexOf('=') + 1)]));
