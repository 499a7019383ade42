import { COMMANDS_KEPT } from '@skreaver/nestjs-ws/clustering';
import type { HubNode } from './hub-nodes.js';

interface LoggedCommand {
  readonly number: number;
  readonly at: number;
  /** The only node that it is for. */
  readonly to: string | undefined;
  readonly body: Buffer;
}

/** The commands that a node which is cut off executes when it is back. One that is cut off for longer misses some. */
export class CommandLog {
  private readonly commands: LoggedCommand[] = [];

  add(number: number, to: string | undefined, body: Buffer): void {
    const at = performance.now();
    this.commands.push({ number, at, to, body });
    const first = this.commands.findIndex((command) => command.at > at - COMMANDS_KEPT.ms);
    this.commands.splice(0, Math.max(first, this.commands.length - COMMANDS_KEPT.count));
  }

  /** Those for a node after one that it has got, in their order. */
  missed(node: HubNode, after: number): LoggedCommand[] {
    return this.commands.filter(({ number, to }) => number > after && (to === undefined || to === node.id));
  }
}
