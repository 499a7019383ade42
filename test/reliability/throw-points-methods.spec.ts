import { Injectable, type Type } from '@nestjs/common';
import { type Connection, ConnectionRegistry, WsRequest } from '@skreaver/nestjs-ws';
import { describe, expect, it } from 'vitest';
import { returned, thrown } from '../support/hostile-values.js';
import { expectAlive, expectInternalError } from '../support/internal-error.js';
import { expectNoProcessFaults } from '../support/process-faults.js';
import { startApp } from '../support/test-app.js';

/** A provider with the one method `hostile`. */
function provider(hostile: () => unknown): Type {
  class Methods {
    hostile(): unknown {
      return hostile();
    }
  }
  const descriptor = Object.getOwnPropertyDescriptor(Methods.prototype, 'hostile') as PropertyDescriptor;
  WsRequest('hostile')(Methods.prototype, 'hostile', descriptor);
  Injectable()(Methods);
  return Methods;
}

function throwing(make: () => unknown): () => never {
  return () => {
    throw make();
  };
}

async function expectSurvival(hostile: () => unknown): Promise<void> {
  expectNoProcessFaults();
  const app = await startApp({}, { providers: [provider(hostile)] });
  const client = await app.connect();
  await expectInternalError(app, client, await client.request('hostile'));
}

describe.each(Object.entries(thrown))('a method that throws %s', (_what, make) => {
  it('is answered with INTERNAL_ERROR when it throws at once', () => expectSurvival(throwing(make)));
  it('is answered with INTERNAL_ERROR when it throws later', () => expectSurvival(async () => throwing(make)()));
});

describe.each(Object.entries(returned))('a method that returns %s', (_what, make) => {
  it('is answered with INTERNAL_ERROR when it returns at once', () => expectSurvival(make));
  it('is answered with INTERNAL_ERROR when it returns later', () =>
    expectSurvival(async () => Promise.resolve().then(make)));
});

describe('a method that closes its own connection', () => {
  it.each(['throws', 'returns what is not JSON'])('does not end the process when it then %s', async (how) => {
    expectNoProcessFaults();
    @Injectable()
    class Closing {
      constructor(private readonly registry: ConnectionRegistry) {}

      @WsRequest('close')
      close(connection: Connection): unknown {
        void this.registry.disconnect(connection.id);
        if (how === 'throws') throw new Error('closed');
        return 1n;
      }
    }
    const app = await startApp({ isGlobal: true }, { providers: [Closing] });
    const [client, other] = [await app.connect(), await app.connect()];
    client.send({ type: 'request', data: { method: 'close' } });
    expect((await client.closed).code).toBe(4505);
    await expectAlive(other);
  });
});
