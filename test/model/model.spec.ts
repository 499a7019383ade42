import { Injectable } from '@nestjs/common';
import { WsRequest } from '@skreaver/nestjs-ws';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { startApp, testAuth } from '../support/test-app.js';
import { commands } from './commands.js';
import { LIMITS, ModelServer } from './model-server.js';
import { RealServer } from './real-server.js';
import { executed } from './stage.js';

const RUNS = 300;
/** At least so many on average: some of those drawn cannot be carried out. */
const COMMANDS = 40;

@Injectable()
class Methods {
  @WsRequest('fail')
  fail(): never {
    throw new Error('inside');
  }
}

const channels = {
  'keep-*': { clientPublish: true },
  'plain-*': { clientPublish: true },
  'private-*': { clientPublish: true },
};

describe('the server, over real sockets', () => {
  it(
    'is after every command in the state of a plain model, and has delivered the same',
    { timeout: 240_000 },
    async () => {
      const app = await startApp({ ...testAuth, ...LIMITS, channels }, { providers: [Methods] });
      let run = 0;
      await fc.assert(
        fc.asyncProperty(fc.commands(commands, { maxCommands: 3 * COMMANDS, size: 'max' }), async (steps) => {
          run += 1;
          const real = new RealServer(app);
          const stage = { run, server: new ModelServer() };
          try {
            await fc.asyncModelRun(() => ({ model: stage, real }), steps);
          } finally {
            await real.close();
          }
        }),
        { numRuns: RUNS },
      );
      const total = [...executed.values()].reduce((sum, count) => sum + count, 0);
      expect(total).toBeGreaterThan(RUNS * COMMANDS);
    },
  );
});
