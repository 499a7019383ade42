import { Injectable, type Type } from '@nestjs/common';
import { WsRequest } from '@skreaver/nestjs-ws';
import { Observable } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { returned, thrown } from '../support/hostile-values.js';
import { expectInternalError } from '../support/internal-error.js';
import { expectNoProcessFaults } from '../support/process-faults.js';
import { startApp } from '../support/test-app.js';

function provider(stream: () => unknown): Type {
  @Injectable()
  class Methods {
    @WsRequest('stream')
    stream(): unknown {
      return stream();
    }
  }
  return Methods;
}

/** One chunk, then INTERNAL_ERROR and nothing more. */
async function expectSurvival(stream: () => unknown): Promise<void> {
  expectNoProcessFaults();
  const app = await startApp({}, { providers: [provider(stream)] });
  const client = await app.connect();
  client.send({ type: 'request', correlation_id: 'r', data: { method: 'stream' } });
  expect((await client.next('response')).data).toEqual({ status: 'pending', result: 'first', sequence: 0 });
  await expectInternalError(app, client, await client.next('response'));
  expect(client.received.filter(({ correlation_id }) => correlation_id === 'r')).toHaveLength(2);
}

describe.each(Object.entries(thrown))('a stream that fails with %s', (_what, make) => {
  it('ends with INTERNAL_ERROR as a generator', () =>
    expectSurvival(async function* () {
      yield 'first';
      throw make();
    }));

  it('ends with INTERNAL_ERROR as an Observable', () =>
    expectSurvival(
      () =>
        new Observable((subscriber) => {
          subscriber.next('first');
          setImmediate(() => subscriber.error(make()));
        }),
    ));
});

/** As a chunk it is an object like others. */
const { 'an Observable that errs': _fine, ...chunks } = returned;

describe.each(Object.entries(chunks))('a stream with a chunk that is %s', (_what, make) => {
  it('ends with INTERNAL_ERROR as a generator', () =>
    expectSurvival(async function* () {
      yield 'first';
      yield make();
      yield 'never';
    }));
});
