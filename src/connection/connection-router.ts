import { Injectable } from '@nestjs/common';
import { Backplane, type CommandOutcome, type NodeCommand } from '../backplane/index.js';
import { BackplaneMetrics } from '../metrics/index.js';
import { NodeId } from '../node/index.js';
import { WsError } from './ws-error.js';

/** A command about one connection, which its node alone executes. */
type ConnectionCommand = Extract<NodeCommand, { readonly kind: `${string}Connection` }>;

/** Routes commands about one connection to the node that has it: its id tells. */
@Injectable()
export class ConnectionRouter {
  constructor(
    private readonly node: NodeId,
    private readonly backplane: Backplane,
    private readonly metrics: BackplaneMetrics,
  ) {}

  /**
   * Has another node execute a command. Resolves when it has.
   * @throws WsError `CONNECTION_NOT_FOUND` (also when its node has ended), `UNAVAILABLE` when that node has not
   * confirmed; and what the backplane throws
   */
  async dispatch(command: ConnectionCommand): Promise<CommandOutcome> {
    const node = this.node.otherNodeOf(command.connectionId);
    if (node === undefined) throw WsError.connectionNotFound();
    const outcome = await this.backplane.dispatch(command, node);
    if (outcome.unconfirmed > 0) {
      this.metrics.commandUnconfirmed();
      throw WsError.unconfirmed(outcome.unconfirmed);
    }
    if (outcome.affected === 0) throw WsError.connectionNotFound();
    return outcome;
  }
}
