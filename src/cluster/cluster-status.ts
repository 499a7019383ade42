import { Injectable } from '@nestjs/common';
import { readJson } from '@skreaver/protocol';
import { Backplane, BackplaneUnavailableError, type CommandOutcome } from '../backplane/index.js';
import { NodeReporter } from './node-reporter.js';
import type { ClusterView, NodeStatus } from './node-status.js';

const ALONE: CommandOutcome = { affected: 0, replies: [], unconfirmed: 0 };

/**
 * Shows the nodes of the server.
 * @example
 * ```ts
 * import { Injectable } from '@nestjs/common';
 * import { ClusterStatus } from '@skreaver/nestjs-ws';
 *
 * @Injectable()
 * export class Capacity {
 *   constructor(private readonly cluster: ClusterStatus) {}
 *
 *   async connections(): Promise<number> {
 *     const { nodes } = await this.cluster.read();
 *     return nodes.reduce((sum, { connections }) => sum + connections, 0);
 *   }
 * }
 * ```
 */
@Injectable()
export class ClusterStatus {
  constructor(
    private readonly reporter: NodeReporter,
    private readonly backplane: Backplane,
  ) {}

  /**
   * Asks every node, for 5 s at most. While the engine of the backplane is away, the view has this node alone, whose
   * `backplane` says so.
   */
  async read(): Promise<ClusterView> {
    const [own, outcome] = await Promise.all([this.reporter.status(), this.askAll()]);
    const others = outcome.replies.map((json) => readJson(json) as NodeStatus).filter(({ id }) => id !== own.id);
    others.sort((a, b) => a.startedAt - b.startedAt);
    return { nodes: [own, ...others], unconfirmed: outcome.unconfirmed };
  }

  private async askAll(): Promise<CommandOutcome> {
    try {
      return await this.backplane.dispatch({ kind: 'report' });
    } catch (error) {
      if (error instanceof BackplaneUnavailableError) return ALONE;
      throw error;
    }
  }
}
