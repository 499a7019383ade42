import { execFile, execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';

const executed = promisify(execFile);

/** What an image says of how it is run. */
export interface ImageConfig {
  readonly User: string;
  readonly Env: readonly string[];
  readonly Entrypoint: readonly string[];
  readonly Cmd: readonly string[];
  readonly WorkingDir: string;
  readonly StopSignal: string;
  readonly Healthcheck: { readonly Test: readonly string[] };
}

/** buildah, which builds images without a daemon, with a store of its own. */
export class Buildah {
  constructor(private readonly dir: string) {}

  /** Makes an image of a directory. */
  async commit(name: string, root: string): Promise<void> {
    const container = await this.run('from', 'scratch');
    await this.run('add', '--quiet', container, root, '/');
    await this.run('commit', '--quiet', container, name);
    await this.run('rm', container);
  }

  /** Builds a Dockerfile without asking a registry of images. Returns the id of the image. */
  build(context: string, dockerfile: string, volumes: readonly string[]): Promise<string> {
    const args = ['--isolation', 'chroot', '--pull-never', '--format', 'docker', '--quiet', '-f', dockerfile];
    return this.run('bud', ...args, ...volumes.flatMap((volume) => ['--volume', volume]), context);
  }

  async config(image: string): Promise<ImageConfig> {
    const inspected = await this.run('inspect', '--type', 'image', image);
    return (JSON.parse(inspected) as { Docker: { config: ImageConfig } }).Docker.config;
  }

  /** The root directory of a new container. */
  async mount(image: string): Promise<string> {
    return this.run('mount', await this.run('from', '--pull-never', image));
  }

  private async run(...args: readonly string[]): Promise<string> {
    const store = ['--root', join(this.dir, 'store'), '--runroot', join(this.dir, 'run'), '--storage-driver', 'vfs'];
    const { stdout } = await executed('/usr/bin/buildah', [...store, ...args], { maxBuffer: 2 ** 26 });
    return stdout.trim();
  }
}

/** npm's settings, which may name a registry, and its cache: what is in it is not downloaded again. */
export function npmVolumes(): string[] {
  const places = { cache: '/root/.npm', userconfig: '/root/.npmrc', globalconfig: '/usr/local/etc/npmrc' };
  return Object.entries(places).flatMap(([setting, place]) => {
    const path = execFileSync('npm', ['config', 'get', setting], { encoding: 'utf8' }).trim();
    return existsSync(path) ? [`${path}:${place}`] : [];
  });
}
