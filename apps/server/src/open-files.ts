/** Node 20 opens all modules at once, about 250 files. */
export const NEEDED_FILES = 512;

/** The soft limit of open files. Node exposes it in its report only. */
export function mostOpenFiles(): number {
  const { userLimits } = process.report.getReport() as { userLimits?: { open_files?: { soft?: unknown } } };
  const soft = userLimits?.open_files?.soft;
  return typeof soft === 'number' ? soft : Number.POSITIVE_INFINITY;
}
