import { Controller, Get } from '@nestjs/common';
import { ClusterStatus, type NodeStatus } from '@skreaver/nestjs-ws';

interface NodeView {
  readonly id: string;
  readonly version: string;
  readonly started_at: string;
  readonly uptime_seconds: number;
  readonly connections: number;
  readonly loop_lag_ms: number;
  readonly backplane: { readonly state: string; readonly since: string; readonly reason?: string };
}

interface NodesView {
  readonly nodes: readonly NodeView[];
  /** Nodes that did not answer within 5 s. */
  readonly unconfirmed: number;
}

@Controller('api/nodes')
export class NodesController {
  constructor(private readonly cluster: ClusterStatus) {}

  /** The nodes of the server; the one that answers is the first. */
  @Get()
  async list(): Promise<NodesView> {
    const { nodes, unconfirmed } = await this.cluster.read();
    return { nodes: nodes.map((node) => viewOf(node)), unconfirmed };
  }
}

function viewOf({ id, version, startedAt, connections, loopLagMs, backplane }: NodeStatus): NodeView {
  const { state, since, reason } = backplane;
  return {
    id,
    version,
    started_at: new Date(startedAt).toISOString(),
    uptime_seconds: Math.round((Date.now() - startedAt) / 1000),
    connections,
    loop_lag_ms: loopLagMs,
    backplane: { state, since: new Date(since).toISOString(), ...(reason !== undefined && { reason }) },
  };
}
