import { Injectable } from '@nestjs/common';
import { Backplane, type CommandResult } from '../backplane/index.js';
import { ConnectionTable } from '../connection/index.js';
import { NodeId, VERSION } from '../node/index.js';
import { TimerWheel } from '../timers/index.js';
import type { NodeStatus } from './node-status.js';

const SAMPLE_MS = 50;

/** Reports how this node is, for itself and for the others. */
@Injectable()
export class NodeReporter {
  private readonly startedAt = Math.round(performance.timeOrigin);

  constructor(
    private readonly node: NodeId,
    private readonly connections: ConnectionTable,
    private readonly backplane: Backplane,
    private readonly wheel: TimerWheel,
  ) {}

  async status(): Promise<NodeStatus> {
    const loopLagMs = await this.loopLag();
    return {
      id: this.node.value,
      version: VERSION,
      startedAt: this.startedAt,
      connections: this.connections.counts.active,
      loopLagMs,
      backplane: this.backplane.health,
    };
  }

  /** The reply to another node. */
  async report(): Promise<CommandResult> {
    return { affected: 0, replyJson: JSON.stringify(await this.status()) };
  }

  private loopLag(): Promise<number> {
    return new Promise((resolve) => this.wheel.after(SAMPLE_MS, (lateMs) => resolve(Math.round(lateMs))));
  }
}
