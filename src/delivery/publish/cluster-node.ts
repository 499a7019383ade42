import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { Backplane, type BackplaneNode, type NodeCommand, type Publication } from '../../backplane/index.js';
import { FanOut } from './fan-out.js';

type Kind = NodeCommand['kind'];
type CommandOf<K extends Kind> = Extract<NodeCommand, { kind: K }>;

/** This process as the backplane sees it. */
@Injectable()
export class ClusterNode implements BackplaneNode, OnApplicationShutdown {
  private readonly carriers = new Map<Kind, (command: never) => number>();

  constructor(
    private readonly backplane: Backplane,
    private readonly fanOut: FanOut,
  ) {
    backplane.attach(this);
  }

  /** @param carryOut carries out commands of a kind; returns the connections it met. One for each kind. */
  whenTold<K extends Kind>(kind: K, carryOut: (command: CommandOf<K>) => number): void {
    this.carriers.set(kind, carryOut);
  }

  deliver(publication: Publication): number {
    return this.fanOut.deliver(publication);
  }

  carryOut(command: NodeCommand): number {
    const carryOut = this.carriers.get(command.kind) as ((command: NodeCommand) => number) | undefined;
    return carryOut?.(command) ?? 0;
  }

  /** The connections have gone before. */
  onApplicationShutdown(): Promise<void> {
    return this.backplane.detach();
  }
}
