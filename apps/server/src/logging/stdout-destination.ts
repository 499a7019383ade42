import { Socket } from 'node:net';
import type { Writable } from 'node:stream';
import { FileDestination } from './file-destination.js';
import type { LogDestination } from './log-destination.js';
import type { LostLines } from './lost-lines.js';
import { StreamDestination } from './stream-destination.js';

/** Bytes that may wait for a slow disk or reader. */
const MAX_WAITING_BYTES = 1_048_576;

/**
 * Chooses the destination for stdout. libuv writes to pipes and terminals without blocking. Node's stream for a file
 * blocks and ends at an error, so a file is written by its descriptor.
 */
export function stdoutDestination(lost: LostLines): LogDestination {
  const stdout: Writable & { readonly fd: number } = process.stdout;
  return stdout instanceof Socket
    ? new StreamDestination(stdout, lost, MAX_WAITING_BYTES)
    : new FileDestination(stdout.fd, lost, MAX_WAITING_BYTES);
}
