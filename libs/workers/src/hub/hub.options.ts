import type { Registry } from 'prom-client';

/** Where the hub listens, how much memory it may take, and who measures it. */
export interface HubOptions {
  /**
   * The path of its Unix socket. The folder is made with mode 0700, and may be open to nobody else. At most 107 bytes.
   */
  readonly path: string;
  /** As the option of `SkreaverWsModule`, for all workers together. Default: 64 MiB. */
  readonly historyMaxBytes?: number | undefined;
  /** As the option of `SkreaverWsModule`, for all workers together. Default: 300,000. */
  readonly idempotencyMaxKeys?: number | undefined;
  /** Bytes that wait for a worker which does not read, before it is cut off. Default: 64 MiB. */
  readonly maxBufferedBytes?: number | undefined;
  /** Gets the metrics `websocket_hub_…`, of one hub. Default: none. */
  readonly registry?: Registry | undefined;
}

const MIB = 1024 * 1024;
const LEAST_BUFFERED_BYTES = MIB;

/** @throws Error with a sentence for an operator */
export function resolveHubOptions({
  path,
  historyMaxBytes = 64 * MIB,
  idempotencyMaxKeys = 300_000,
  maxBufferedBytes = 64 * MIB,
  registry,
}: HubOptions) {
  if (typeof path !== 'string' || path === '') throw new Error('The hub needs the path of its socket.');
  if (!(Number.isSafeInteger(maxBufferedBytes) && maxBufferedBytes >= LEAST_BUFFERED_BYTES)) {
    throw new Error(`maxBufferedBytes of the hub is a whole number of bytes, at least ${LEAST_BUFFERED_BYTES}.`);
  }
  return { path, historyMaxBytes, idempotencyMaxKeys, maxBufferedBytes, registry };
}
