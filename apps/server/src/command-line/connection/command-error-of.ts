import { ConnectionLostError, SkreaverError, UnauthorizedError } from '@skreaver/client';
import { CommandError, ExitCode } from '../grammar/exit-code.js';
import { RefusedError } from './refused-error.js';
import { sentenceOf } from './sentence-of.js';

const UNAUTHORISED = new Set([
  'AUTHENTICATION_REQUIRED',
  'AUTHENTICATION_FAILED',
  'AUTHENTICATION_TIMEOUT',
  'PERMISSION_DENIED',
  'UNAUTHORIZED',
]);
const REFUSED = new Set([
  'CONNECTION_LIMIT_EXCEEDED',
  'SUBSCRIPTION_LIMIT_EXCEEDED',
  'CHANNEL_SUBSCRIBER_LIMIT_EXCEEDED',
  'RATE_LIMIT_EXCEEDED',
  'MESSAGE_TOO_LARGE',
  'SERVICE_RESTART',
  'UNAVAILABLE',
  'TRY_AGAIN_LATER',
]);
const TIMEOUTS = new Set(['TIMEOUT', 'REQUEST_TIMEOUT']);
/** Codes that no close frame carries: the connection was cut. */
const CUT = new Set([1005, 1006]);

/** What a command ends with after an error of the client, or any other. */
export function commandErrorOf(error: unknown): CommandError {
  if (error instanceof CommandError) return error;
  if (error instanceof RefusedError) return new CommandError(ofRefusal(error), error.message);
  if (error instanceof ConnectionLostError) return ofClose(error);
  if (!(error instanceof SkreaverError)) return new CommandError(ExitCode.Failed, sentenceOf(error));
  // What could not be read before the first event says why.
  if (error.code === 'LOAD_FAILED' && error.cause !== undefined) return commandErrorOf(error.cause);
  const { code, message } = error;
  // An error of the client itself has no sentence.
  return new CommandError(codeOf(code), message === code ? code : `${code}: ${message}`);
}

/** What a command ends with whose connection never stood. */
export function connectErrorOf(error: SkreaverError): CommandError {
  if (error instanceof UnauthorizedError) return commandErrorOf(error);
  const cause = rootOf(error.cause);
  if (cause instanceof CommandError || cause instanceof RefusedError) return commandErrorOf(cause);
  if (error instanceof ConnectionLostError && !CUT.has(error.closeCode)) return ofClose(error);
  if (error.code === 'TIMEOUT') return new CommandError(ExitCode.Unreachable, 'The server did not answer in time.');
  return new CommandError(ExitCode.Unreachable, `The server cannot be reached: ${sentenceOf(cause ?? error)}`);
}

function ofClose(error: ConnectionLostError): CommandError {
  const { closeCode, code, sent } = error;
  const outcome = sent ? ' Whether the request was carried out is not known.' : '';
  if (CUT.has(closeCode)) return new CommandError(ExitCode.Unreachable, `The connection was lost.${outcome}`);
  const known = codeOf(code);
  const exitCode = known === ExitCode.Unauthorised || code === 'TRY_AGAIN_LATER' ? known : ExitCode.Closed;
  return new CommandError(exitCode, `The server closed the connection: ${closeCode} ${code}.${outcome}`);
}

function ofRefusal({ status, code = '' }: RefusedError): ExitCode {
  if (status === 401 || UNAUTHORISED.has(code)) return ExitCode.Unauthorised;
  return status === 400 ? ExitCode.Failed : ExitCode.Refused;
}

function codeOf(code: string): ExitCode {
  if (UNAUTHORISED.has(code)) return ExitCode.Unauthorised;
  if (REFUSED.has(code)) return ExitCode.Refused;
  return TIMEOUTS.has(code) ? ExitCode.Timeout : ExitCode.Failed;
}

/** The error within the `ErrorEvent` of a socket. */
function rootOf(cause: unknown): unknown {
  return typeof cause === 'object' && cause !== null && 'error' in cause ? cause.error : cause;
}
