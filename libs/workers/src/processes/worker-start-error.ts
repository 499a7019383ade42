/** An error as one process tells it to another. */
export interface ToldError {
  readonly name: string;
  readonly message: string;
  readonly stack?: string | undefined;
  readonly code?: string | undefined;
}

/** Why no server could be started. What a worker's `bootstrap` threw keeps its name, message, code and stack. */
export class WorkerStartError extends Error {
  override name = 'WorkerStartError';
  code?: string;

  static from({ name, message, stack, code }: ToldError): WorkerStartError {
    const error = new WorkerStartError(message);
    error.name = name;
    if (stack !== undefined) error.stack = stack;
    if (code !== undefined) error.code = code;
    return error;
  }
}

export function toldError(error: unknown): ToldError {
  if (!(error instanceof Error)) return { name: 'Error', message: String(error) };
  const { name, message, stack } = error;
  return { name, message, stack, ...('code' in error && { code: String(error.code) }) };
}
