/** What scripts tell the outcome by. Listed in docs/guide/command-line.md. */
export const ExitCode = {
  Ok: 0,
  Failed: 1,
  Usage: 2,
  Unauthorised: 3,
  Unreachable: 4,
  Refused: 5,
  Timeout: 6,
  Closed: 7,
  Interrupted: 130,
  Terminated: 143,
} as const;

export type ExitCode = (typeof ExitCode)[keyof typeof ExitCode];

/** Ends a command with a code, and a sentence on stderr unless it is empty. */
export class CommandError extends Error {
  override readonly name = 'CommandError';

  constructor(
    readonly exitCode: ExitCode,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** The call itself is wrong. */
export const usageError = (message: string): CommandError => new CommandError(ExitCode.Usage, message);
