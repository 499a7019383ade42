import type { ArgumentsHost } from '@nestjs/common';
import { BackplaneUnavailableError, WsError, WsErrorCode } from '@skreaver/nestjs-ws';
import { describe, expect, it } from 'vitest';
import { JsonErrorFilter } from './json-error.filter.js';

/** The response to an error that a controller throws. */
function answerTo(thrown: unknown) {
  const headers: Record<string, string> = {};
  const answer = { headers, status: 0, body: {} };
  const response = {
    headersSent: false,
    setHeader: (name: string, value: string) => void (headers[name] = value),
    status: (status: number) => {
      answer.status = status;
      return response;
    },
    json: (body: object) => void (answer.body = body),
  };
  const host = { switchToHttp: () => ({ getResponse: () => response }) };
  new JsonErrorFilter().catch(thrown, host as unknown as ArgumentsHost);
  return answer;
}

describe('an error that a controller throws', () => {
  it.each([
    ['429 where too many publications wait', WsError.rateLimited(1000), 429, '1'],
    ['503 where something is away', WsError.unavailable(2500), 503, '3'],
    ['503 while the server drains', WsError.serviceRestart(), 503, '5'],
  ])('is answered with %s and Retry-After', (_what, error, status, wait) => {
    expect(answerTo(error)).toEqual({
      status,
      headers: { 'Retry-After': wait },
      body: { code: error.code, message: error.message },
    });
  });

  it.each(['not_done', 'unknown'] as const)('is answered with 503 and what became of it: %s', (outcome) => {
    expect(answerTo(new BackplaneUnavailableError(outcome, 'Connection to db7 lost.', 1500))).toEqual({
      status: 503,
      headers: { 'Retry-After': '2' },
      body: { code: 'UNAVAILABLE', message: expect.not.stringContaining('db7'), outcome },
    });
  });

  it.each([
    [WsErrorCode.MessageTooLarge, 413],
    [WsErrorCode.InvalidChannel, 400],
  ])('of the code %s is answered with %d and without Retry-After', (code, status) => {
    expect(answerTo(new WsError(code))).toMatchObject({ status, headers: {}, body: { code } });
  });
});
