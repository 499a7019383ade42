import type { IncomingMessage } from 'node:http';
import { BadRequestException } from '@nestjs/common';
import { readJson } from '@skreaver/protocol';
import { invalidParams } from './invalid-params.js';

/** As Express matches a route: in any case, with or without a slash at the end. */
const PUBLISH = /^\/api\/publish\/?(\?|$)/i;
const JSON_TYPE = /^\s*application\/json\s*(;|$)/i;
const CHARSET = /;\s*charset\s*=\s*"?([^";\s]*)/i;

/** A byte order mark is kept, and refused as what is no JSON (RFC 8259 section 8.1). */
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Whether the body is one of `POST /api/publish` in JSON and UTF-8, whose bytes are not to be parsed on their way. */
export function isPublicationBody({ url, headers }: IncomingMessage): boolean {
  const type = headers['content-type'] ?? '';
  return (
    PUBLISH.test(url ?? '') && JSON_TYPE.test(type) && (CHARSET.exec(type)?.[1] ?? 'utf-8').toLowerCase() === 'utf-8'
  );
}

/** The text of such a body, and its value. @throws BadRequestException when it is no JSON or no UTF-8 */
export function readBody(body: unknown): { readonly text: string; readonly value: unknown } {
  if (!Buffer.isBuffer(body)) throw invalidParams('Send a body of application/json in UTF-8.');
  try {
    const text = utf8.decode(body);
    return { text, value: readJson(text) };
  } catch {
    throw new BadRequestException({ code: 'BAD_REQUEST', message: 'The body is not JSON in UTF-8.' });
  }
}
