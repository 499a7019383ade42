import { Injectable } from '@nestjs/common';
import { MessageBody } from '@nestjs/websockets';
import { type AuthHandler, WsRequest } from '@skreaver/nestjs-ws';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TestAuthHandler, startApp } from '../support/test-app.js';
import { commands } from './commands.js';
import { HISTORY_SIZE } from './history-channel.js';
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

  @WsRequest('count')
  async *count(@MessageBody() end: number): AsyncGenerator<number> {
    for (let at = 0; at < end; at += 1) yield at;
  }
}

/** Asks the model: what it has not decided itself, it says. */
class ModelAuthHandler extends TestAuthHandler {
  model = new ModelServer();

  override checkPermission(userId: string, channel: string): boolean {
    return this.model.isAllowed(userId, channel);
  }
}

const channels = {
  'keep-*': { clientPublish: true, history: { size: HISTORY_SIZE, ttl: 600_000 } },
  'plain-*': { clientPublish: true, presence: true },
  'private-*': { clientPublish: true },
};

describe('the server, over real sockets', () => {
  it(
    'has the state of a plain model after every command, and has delivered the same',
    { timeout: 240_000 },
    async () => {
      const handler = new ModelAuthHandler();
      const authHandler = { useFactory: (): AuthHandler => handler };
      const options = { authHandler, ...LIMITS, channels, presenceLeaveDelay: 0 };
      const app = await startApp(options, { providers: [Methods] });
      let run = 0;
      await fc.assert(
        fc.asyncProperty(fc.commands(commands, { maxCommands: 3 * COMMANDS, size: 'max' }), async (steps) => {
          run += 1;
          const real = new RealServer(app);
          const stage = { run, server: new ModelServer() };
          handler.model = stage.server;
          try {
            await fc.asyncModelRun(() => ({ model: stage, real }), steps);
          } finally {
            await real.close();
          }
        }),
        { numRuns: RUNS, endOnFailure: process.env['UNSHRUNK'] !== undefined },
      );
      const total = [...executed.values()].reduce((sum, count) => sum + count, 0);
      expect(total).toBeGreaterThan(RUNS * COMMANDS);
    },
  );
});
