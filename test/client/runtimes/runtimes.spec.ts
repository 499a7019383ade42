import { describe, expect, it } from 'vitest';
import { runtimes, scenarioScript } from './runtimes.js';
import { startScenarioServer } from './scenario-server.js';

describe.each(Object.entries(runtimes))('the client in %s', (_name, run) => {
  it('connects, publishes, requests, streams, recovers, and stops at a verdict', async () => {
    const server = await startScenarioServer(scenarioScript);
    const player = await run(server);
    const failed = player.exited.then(() => Promise.reject(new Error(player.printed)));
    expect(await Promise.race([server.report, failed])).toEqual({
      userId: 'alice',
      offset: 1,
      doubled: 42,
      refused: 'METHOD_NOT_FOUND',
      chunks: [1, 2, 3],
      streamed: { counted: 3 },
      lost: true,
      events: [
        [1, 'own', false],
        [2, 'missed 1', true],
        [3, 'missed 2', true],
        [4, 'after', false],
      ],
      resets: ['new'],
      verdict: ['FORCED_DISCONNECT', 4505],
      unreachable: 'CONNECTION_LOST',
    });
  });
});
