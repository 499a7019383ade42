import { randomUUID } from 'node:crypto';
import { type ArgumentsHost, Catch, type ExceptionFilter, HttpException, Logger } from '@nestjs/common';
import { WsError, WsErrorCode } from '@skreaver/nestjs-ws';
import { type ErrorBody, bodyOf, shownError } from './outage.js';

/** The part of an Express response that this filter uses. */
interface JsonResponse {
  readonly headersSent: boolean;
  setHeader(name: string, value: string): void;
  status(status: number): JsonResponse;
  json(body: object): void;
}

interface Answer extends ErrorBody {
  readonly status: number;
  readonly error_id?: string;
}

/** Own messages by status: the framework's would repeat the URL and the body, and so leak tokens. */
const answers: ReadonlyMap<number, Answer> = new Map(
  [
    {
      status: 400,
      code: 'BAD_REQUEST',
      message: 'The request is malformed; send JSON with Content-Type: application/json.',
    },
    { status: 404, code: 'NOT_FOUND', message: 'There is nothing at this path for this method.' },
    { status: 413, code: 'MESSAGE_TOO_LARGE', message: 'The body is larger than the server takes.' },
    { status: 415, code: 'BAD_REQUEST', message: 'The encoding of the body is not known here.' },
  ].map((answer) => [answer.status, answer]),
);

/** Sends every HTTP error as one line of JSON, `{code, message}`. */
@Catch()
export class JsonErrorFilter implements ExceptionFilter {
  private readonly logger = new Logger('SkreaverWsHttp');

  catch(thrown: unknown, host: ArgumentsHost): void {
    const error = shownError(thrown);
    const response = host.switchToHttp().getResponse<JsonResponse>();
    if (response.headersSent) return;
    const { status, ...body } = this.answerTo(error);
    const wait = retryAfterOf(error);
    if (wait !== undefined) response.setHeader('Retry-After', wait);
    response.status(status).json(body);
  }

  private answerTo(error: unknown): Answer {
    if (error instanceof WsError) return { status: statusOf(error.code), ...bodyOf(error) };
    const own = ownAnswer(error);
    if (own !== undefined) return own;
    const status = clientFaultOf(error);
    return (
      (status !== undefined && answers.get(status)) || (status === undefined ? this.internal(error) : other(status))
    );
  }

  private internal(error: unknown): Answer {
    const id = randomUUID();
    this.logger.error({ error_id: id, err: error, msg: 'request failed' });
    return {
      status: 500,
      code: WsErrorCode.InternalError,
      message: 'The server failed; its log has the error_id.',
      error_id: id,
    };
  }
}

const statuses: Partial<Record<WsErrorCode, number>> = {
  MESSAGE_TOO_LARGE: 413,
  RATE_LIMIT_EXCEEDED: 429,
  SERVICE_RESTART: 503,
  UNAVAILABLE: 503,
};

const statusOf = (code: WsErrorCode): number => statuses[code] ?? 400;

/** The value of `Retry-After`, in whole seconds. */
function retryAfterOf(error: unknown): string | undefined {
  const wait = error instanceof WsError ? error.details?.['retry_after_ms'] : undefined;
  return typeof wait === 'number' ? String(Math.ceil(wait / 1000)) : undefined;
}

const other = (status: number): Answer => ({ status, code: 'BAD_REQUEST', message: 'The request was refused.' });

/** The answer of an exception of this server's own code, such as `new BadRequestException({ code, message })`. */
function ownAnswer(error: unknown): Answer | undefined {
  if (!(error instanceof HttpException)) return undefined;
  const body = error.getResponse();
  if (typeof body !== 'object' || !('code' in body) || !('message' in body)) return undefined;
  return { status: error.getStatus(), code: String(body.code), message: String(body.message) };
}

/** The 4xx status of an error of Nest or the body parser. */
function clientFaultOf(error: unknown): number | undefined {
  if (typeof error !== 'object' || error === null) return undefined;
  const status = error instanceof HttpException ? error.getStatus() : 'status' in error ? error.status : undefined;
  return typeof status === 'number' && status >= 400 && status < 500 ? status : undefined;
}
