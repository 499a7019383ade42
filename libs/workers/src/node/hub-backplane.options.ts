/** Where the hub is, and what this worker keeps of it. */
export interface HubBackplaneOptions {
  /** The path of the hub's socket, as `startHub` got it. */
  readonly path: string;
  /**
   * Bytes, by an estimate, of the events that this worker keeps of its open channels, from which clients that come back are
   * served without the hub. Default: 32 MiB.
   */
  readonly recentMaxBytes?: number | undefined;
}

const RECENT_MAX_BYTES = 32 * 1024 * 1024;

/** @throws Error with a sentence for an operator */
export function resolveOptions({ path, recentMaxBytes = RECENT_MAX_BYTES }: HubBackplaneOptions) {
  if (typeof path !== 'string' || path === '')
    throw new Error('The backplane needs the path of the socket of the hub.');
  if (!(Number.isSafeInteger(recentMaxBytes) && recentMaxBytes >= 0)) {
    throw new Error('recentMaxBytes of the backplane is a whole number of bytes.');
  }
  return { path, recentMaxBytes };
}
