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

  /** @param execute carries out commands of a kind; returns the connections it met. One for each kind. */
  onCommand<K extends Kind>(kind: K, execute: (command: CommandOf<K>) => number): void {
    this.carriers.set(kind, execute);
  }

  deliver(publication: Publication): number {
    return this.fanOut.deliver(publication);
  }

  execute(command: NodeCommand): number {
    const execute = this.carriers.get(command.kind) as ((command: NodeCommand) => number) | undefined;
    return execute?.(command) ?? 0;
  }

  /** The connections have gone before. */
  onApplicationShutdown(): Promise<void> {
    return this.backplane.detach();
  }
}
