import { NEEDED_FILES, mostOpenFiles } from './open-files.js';

/** Error codes without a free descriptor. An unreadable package looks like a missing one (`ERR_MODULE_NOT_FOUND`). */
const NO_DESCRIPTOR = new Set(['EMFILE', 'ENFILE', 'ERR_MODULE_NOT_FOUND']);

/** Errors whose message is written for an operator. */
const SENTENCES = new Set(['ConfigError', 'RedisStartError', 'SettingsError', 'WorkerStartError']);

/** Explains on stderr why the server did not start: in sentences if an operator can fix it, otherwise by the stack. */
export function startFailure(error: unknown, openFiles: number = mostOpenFiles()): string {
  if (!(error instanceof Error)) return String(error);
  // By name: the module that defines the class may be the one that failed to load, and a worker's error is told by it.
  if (SENTENCES.has(error.name)) return error.message;
  const code = 'code' in error ? String(error.code) : '';
  return openFiles < NEEDED_FILES && NO_DESCRIPTOR.has(code)
    ? `Too many open files (EMFILE): "ulimit -n" is ${openFiles}; set it above maxConnections, and to ${NEEDED_FILES} or more.\n${error.message}`
    : (error.stack ?? error.message);
}
