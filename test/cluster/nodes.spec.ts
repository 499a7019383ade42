import { ClusterStatus } from '@skreaver/nestjs-ws';
import { describe, expect, it } from 'vitest';
import { testAuth } from '../support/test-app.js';
import { startTwoApps } from '../support/two-apps.js';

describe('the nodes of a server', () => {
  it('are told by each of them, itself first', async () => {
    const { apps } = await startTwoApps(testAuth);
    await apps[1].connect('?token=token-ann');
    const [one, two] = await Promise.all(apps.map(({ app }) => app.get(ClusterStatus).read()));
    expect(one?.unconfirmed).toBe(0);
    expect(one?.nodes.map(({ connections }) => connections)).toEqual([0, 1]);
    expect(two?.nodes.map(({ id }) => id)).toEqual(one?.nodes.map(({ id }) => id).toReversed());
    for (const node of one?.nodes ?? []) {
      expect(node).toEqual({
        id: expect.stringMatching(/^[0-9a-z]{8}$/),
        version: expect.stringMatching(/^\d+\.\d+\.\d+$/),
        startedAt: Math.round(performance.timeOrigin),
        connections: expect.any(Number),
        loopLagMs: expect.any(Number),
        backplane: { state: 'live', since: expect.any(Number) },
      });
      expect(node.loopLagMs).toBeGreaterThanOrEqual(0);
    }
  });

  it('are counted where they do not answer', async () => {
    const { apps, links, passTime } = await startTwoApps(testAuth);
    links[1].cut();
    const reading = apps[0].app.get(ClusterStatus).read();
    await new Promise(setImmediate);
    void passTime();
    const { nodes, unconfirmed } = await reading;
    expect([nodes.length, unconfirmed]).toEqual([1, 1]);
  });
});
