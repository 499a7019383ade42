import { arch, cpus, platform, release, totalmem } from 'node:os';

/** Where the run was made. */
export function machineLine(): string {
  const [cpu] = cpus();
  const memory = Math.round(totalmem() / 2 ** 30);
  return `Node ${process.versions.node}, ${platform()} ${release()} ${arch()}, ${cpus().length} × ${cpu?.model.trim() ?? 'CPU'}, ${memory} GiB`;
}
