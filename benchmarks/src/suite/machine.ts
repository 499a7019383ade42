import { arch, cpus, release, totalmem, type } from 'node:os';

/** Describes the machine: system, CPU and memory. */
export function machineLine(): string {
  const [cpu] = cpus();
  const memory = Math.round(totalmem() / 2 ** 30);
  const kernel = release().split('.').slice(0, 2).join('.');
  return `${type()} ${kernel} ${arch()}, ${cpus().length} × ${cpu?.model.trim() ?? 'CPU'}, ${memory} GiB`;
}
