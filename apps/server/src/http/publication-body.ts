import type { IncomingMessage } from 'node:http';
import { BadRequestException } from '@nestjs/common';
import { readJson } from '@skreaver/protocol';
import { invalidParams } from './invalid-params.js';

/** Matches like a route of Express: case-insensitively, with or without a trailing slash. */
const PUBLISH = /^\/api\/publish\/?(\?|$)/i;
const JSON_TYPE = /^\s*application\/json\s*(;|$)/i;
const CHARSET = /;\s*charset\s*=\s*"?([^";\s]*)/i;

/** Keeps a byte order mark, so that the JSON parser rejects it (RFC 8259 §8.1). */
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * True if the request is for `/api/publish` and declares JSON in UTF-8; the method is not checked. Its bytes must reach
 * the controller unparsed, since `data` is published as it was written.
 */
export function isPublicationBody({ url, headers }: IncomingMessage): boolean {
  const type = headers['content-type'] ?? '';
  return (
    PUBLISH.test(url ?? '') && JSON_TYPE.test(type) && (CHARSET.exec(type)?.[1] ?? 'utf-8').toLowerCase() === 'utf-8'
  );
}

/** Returns the text and the value of such a body. @throws BadRequestException if it is not JSON in UTF-8 */
export function readBody(body: unknown): { readonly text: string; readonly value: unknown } {
  if (!Buffer.isBuffer(body)) throw invalidParams('Send a body of application/json in UTF-8.');
  try {
    const text = utf8.decode(body);
    return { text, value: readJson(text) };
  } catch {
    throw new BadRequestException({ code: 'BAD_REQUEST', message: 'The body is not JSON in UTF-8.' });
  }
}
