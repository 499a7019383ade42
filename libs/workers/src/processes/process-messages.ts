import type { ToldError } from './worker-start-error.js';

/** What the primary process and its workers tell each other over the channel of `node:cluster`. */
export type FromWorker =
  | { readonly skreaver: 'started' }
  | { readonly skreaver: 'failed'; readonly error: ToldError }
  | { readonly skreaver: 'metrics'; readonly id: number; readonly metrics: readonly unknown[] }
  | { readonly skreaver: 'metrics-wanted'; readonly id: number };

export type ToWorker =
  | { readonly skreaver: 'metrics-wanted'; readonly id: number }
  | { readonly skreaver: 'metrics-page'; readonly id: number; readonly page: string };

/** The application may use the same channel: what is not ours is left to it. */
const isOurs = (message: unknown): boolean => typeof message === 'object' && message !== null && 'skreaver' in message;

export const fromWorker = (message: unknown): FromWorker | undefined =>
  isOurs(message) ? (message as FromWorker) : undefined;

export const toWorker = (message: unknown): ToWorker | undefined =>
  isOurs(message) ? (message as ToWorker) : undefined;
