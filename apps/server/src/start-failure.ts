import { SettingsError } from './settings/settings-error.js';

/** Node 20 opens all modules at once, some 250 of them. */
const NEEDED = 512;

/** What Node says when it has no descriptor left for a file; that a package is missing may be because it could not be read. */
const NO_DESCRIPTOR = new Set(['EMFILE', 'ENFILE', 'ERR_MODULE_NOT_FOUND']);

/** Why the server could not be started, for stderr: sentences for what an operator can mend, else the stack. */
export function startFailure(error: unknown, openFiles: number = mostOpenFiles()): string {
  if (!(error instanceof Error)) return String(error);
  // Not by its class: the module that has it may be what could not be loaded.
  if (error instanceof SettingsError || error.name === 'ConfigError') return error.message;
  const code = 'code' in error ? String(error.code) : '';
  return openFiles < NEEDED && NO_DESCRIPTOR.has(code)
    ? `Too many open files (EMFILE): "ulimit -n" is ${openFiles}; set it above maxConnections, and to ${NEEDED} or more.\n${error.message}`
    : (error.stack ?? error.message);
}

/** The soft limit of this process; Node tells it in reports only. */
function mostOpenFiles(): number {
  const { userLimits } = process.report.getReport() as { userLimits?: { open_files?: { soft?: unknown } } };
  const soft = userLimits?.open_files?.soft;
  return typeof soft === 'number' ? soft : Number.POSITIVE_INFINITY;
}
