import type { HubNode } from './hub-nodes.js';

/** The nodes on which each channel is open. */
export class HubChannels {
  private readonly nodes = new Map<string, Set<HubNode>>();

  /** @returns whether it was open nowhere */
  open(channel: string, node: HubNode): boolean {
    const nodes = this.nodes.get(channel);
    node.channels.add(channel);
    nodes?.add(node);
    if (nodes === undefined) this.nodes.set(channel, new Set([node]));
    return nodes === undefined;
  }

  /** @returns whether it is open nowhere any more */
  close(channel: string, node: HubNode): boolean {
    const nodes = this.nodes.get(channel);
    if (!node.channels.delete(channel) || nodes?.delete(node) !== true || nodes.size > 0) return false;
    this.nodes.delete(channel);
    return true;
  }

  of(channel: string): Iterable<HubNode> {
    return this.nodes.get(channel) ?? [];
  }
}
