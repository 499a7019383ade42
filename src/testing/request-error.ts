import type { ErrorBody } from '@skreaver/protocol';
import { excerpt } from './excerpt.js';

/**
 * The error response of a request: its code, message and details (PROTOCOL §9).
 * @example
 * ```ts
 * import { RequestError, type TestClient } from '@skreaver/nestjs-ws/testing';
 *
 * export async function codeOf(client: TestClient): Promise<string | undefined> {
 *   try {
 *     await client.request('rename', {});
 *     return undefined;
 *   } catch (error) {
 *     return error instanceof RequestError ? error.code : undefined;
 *   }
 * }
 * ```
 */
export class RequestError extends Error {
  override readonly name = 'RequestError';
  readonly code: string;
  readonly details: ErrorBody['details'];

  constructor({ code, message, details }: ErrorBody) {
    super(excerpt(`${code}: ${message}`));
    this.code = code;
    this.details = details;
  }
}
