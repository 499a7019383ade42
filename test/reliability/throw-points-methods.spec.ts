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

describe.each(Object.entries(thrown))('a method that throws %s (T12, reliability 0.2)', (_what, make) => {
  it('at once', () => expectSurvival(throwing(make)));
  it('later', () => expectSurvival(async () => throwing(make)()));
});

describe.each(Object.entries(returned))('a method that returns %s (T12, reliability 0.2)', (_what, make) => {
  it('at once', () => expectSurvival(make));
  it('later', () => expectSurvival(async () => Promise.resolve().then(make)));
});

describe('a method that closes its own connection', () => {
  it.each(['and throws', 'and returns what is no JSON'])('%s: the process and the others live', async (how) => {
    expectNoProcessFaults();
    @Injectable()
    class Closing {
      constructor(private readonly registry: ConnectionRegistry) {}

      @WsRequest('close')
      close(connection: Connection): unknown {
        this.registry.disconnect(connection.id);
        if (how === 'and throws') throw new Error('closed');
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
