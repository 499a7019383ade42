import { BackplaneUnavailableError, WsError } from '@skreaver/nestjs-ws';

/** The error of a backplane that is away as clients get it: its sentence is for operators. Any other as it is. */
export function shownError(error: unknown): unknown {
  return error instanceof BackplaneUnavailableError ? WsError.outage(error) : error;
}

/** What the HTTP API tells of an error. */
export interface ErrorBody {
  readonly code: string;
  readonly message: string;
  /** What became of a publication, where the engine of the backplane is away. */
  readonly outcome?: unknown;
}

export function bodyOf({ code, message, details }: WsError): ErrorBody {
  const outcome = details?.['outcome'];
  return outcome === undefined ? { code, message } : { code, message, outcome };
}
