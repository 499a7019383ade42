import { describe, expect, it } from 'vitest';
import { BackplaneUnavailableError, type CommandOutcome, MemoryBackplane } from '../backplane/index.js';
import { ConnectionTable } from '../connection/index.js';
import { NodeId } from '../node/index.js';
import { TimerWheel } from '../timers/index.js';
import { ClusterStatus } from './cluster-status.js';
import { NodeReporter } from './node-reporter.js';

class Cut extends MemoryBackplane {
  constructor(private readonly error: Error) {
    super(1_000_000);
  }
  override dispatch(): Promise<CommandOutcome> {
    return Promise.reject(this.error);
  }
}

function statusOver(backplane: MemoryBackplane): ClusterStatus {
  const wheel = new TimerWheel(1);
  const connections = { counts: { active: 7 } } as ConnectionTable;
  return new ClusterStatus(new NodeReporter(new NodeId('node0001'), connections, backplane, wheel), backplane);
}

describe('the view of the cluster', () => {
  it('has this node alone while the engine is away', async () => {
    const view = await statusOver(new Cut(new BackplaneUnavailableError('not_done', 'Redis is away.'))).read();
    expect(view).toMatchObject({ nodes: [{ id: 'node0001', connections: 7 }], unconfirmed: 0 });
  });

  it('rejects with what else the backplane throws', async () => {
    await expect(statusOver(new Cut(new Error('broken'))).read()).rejects.toThrow('broken');
  });

  it('orders the others by their start, and names this node once', async () => {
    class Crowded extends MemoryBackplane {
      override async dispatch(): Promise<CommandOutcome> {
        const replies = [
          ['node0003', 3],
          ['node0001', 1],
          ['node0002', 2],
        ] as const;
        return {
          affected: 0,
          unconfirmed: 0,
          replies: replies.map(([id, startedAt]) => JSON.stringify({ id, startedAt })),
        };
      }
    }
    const { nodes } = await statusOver(new Crowded(1_000_000)).read();
    expect(nodes.map(({ id }) => id)).toEqual(['node0001', 'node0002', 'node0003']);
  });
});
