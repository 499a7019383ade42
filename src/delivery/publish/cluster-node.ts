import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { Backplane, type BackplaneNode, type NodeCommand, type Publication } from '../../backplane/index.js';
import { FanOut } from './fan-out.js';

/** Executes each kind of command on this node; returns how many connections it affected. */
export type CommandHandlers = {
  readonly [K in NodeCommand['kind']]: (command: Extract<NodeCommand, { kind: K }>) => number;
};

/** This process as a node of the server: what the backplane delivers to and sends commands to. */
@Injectable()
export class ClusterNode implements BackplaneNode, OnApplicationShutdown {
  private handlers: CommandHandlers | undefined;

  constructor(
    private readonly backplane: Backplane,
    private readonly fanOut: FanOut,
  ) {}

  /** Joins the server. */
  attach(handlers: CommandHandlers): void {
    this.handlers = handlers;
    this.backplane.attach(this);
  }

  deliver(publication: Publication): number {
    return this.fanOut.deliver(publication);
  }

  execute(command: NodeCommand): number {
    const handle = this.handlers?.[command.kind] as ((command: NodeCommand) => number) | undefined;
    return handle?.(command) ?? 0;
  }

  /** Runs after all connections are closed. */
  onApplicationShutdown(): Promise<void> {
    return this.backplane.detach();
  }
}
