import type { IncomingMessage } from 'node:http';

const MOST_BYTES = 65_536;

/** The server, or a proxy before it, refused something by HTTP. */
export class RefusedError extends Error {
  override readonly name = 'RefusedError';
  /** That of the server; undefined for an answer of something else. */
  readonly code: string | undefined;

  constructor(
    what: string,
    readonly status: number,
    body: string,
    readonly retryAfter: string | undefined,
  ) {
    const { code, message } = answerOf(body);
    const hint = retryAfter === undefined ? '' : ` (try again in ${retryAfter} s)`;
    super(`The server refused the ${what}: HTTP ${status}${code === undefined ? '' : ` ${code}: ${message}`}${hint}`);
    this.code = code;
  }
}

/** @param what was refused: connection, publication */
export async function refusedError(response: IncomingMessage, what = 'connection'): Promise<RefusedError> {
  const body = await bodyOf(response).catch(() => '');
  return new RefusedError(what, response.statusCode ?? 0, body, response.headers['retry-after']);
}

/** The body, or the beginning of a large one. */
export async function bodyOf(response: IncomingMessage): Promise<string> {
  let body = '';
  for await (const chunk of response.setEncoding('utf8')) {
    body += String(chunk);
    if (body.length > MOST_BYTES) break;
  }
  return body;
}

/** Code and message of a server of this protocol (PROTOCOL §1). */
function answerOf(body: string): { readonly code?: string; readonly message?: string } {
  try {
    const { code, message } = JSON.parse(body) as { readonly code?: unknown; readonly message?: unknown };
    return typeof code === 'string' && typeof message === 'string' ? { code, message } : {};
  } catch {
    return {};
  }
}
