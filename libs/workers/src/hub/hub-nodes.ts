import type { FrameSocket } from '../wire/frame-socket.js';

/**
 * Longer than a command waits for a node that does not confirm it, so that one that is cut off then is not taken for one
 * that has ended.
 */
const LEASE_MS = 7000;

/** A process with connections, for as long as it is heard of. */
export class HubNode {
  heardAt = performance.now();
  /** The process that it is. */
  pid = 0;
  /** Undefined while it is cut off. */
  socket: FrameSocket | undefined;
  /** The channels that are open there, while it has a socket. */
  readonly channels = new Set<string>();
  /** An option of the server, which all that it says of its users has. */
  leaveDelay = 0;

  constructor(readonly id: string) {}
}

/** The nodes of the server: those with a connection, and those that had one a moment ago. */
export class HubNodes {
  private readonly nodes = new Map<string, HubNode>();

  find(id: string): HubNode | undefined {
    return this.nodes.get(id);
  }

  /** The node of this id, which is new if it was not heard of for long. */
  of(id: string): HubNode {
    const known = this.nodes.get(id) ?? new HubNode(id);
    this.nodes.set(id, known);
    return known;
  }

  /** All nodes, or the one that is named if it is there. */
  named(id: string | undefined): HubNode[] {
    return [...this.nodes.values()].filter((node) => id === undefined || node.id === id);
  }

  remove(node: HubNode): void {
    this.nodes.delete(node.id);
  }

  /** Those that were not heard of for too long. */
  silent(): HubNode[] {
    const since = performance.now() - LEASE_MS;
    return this.named(undefined).filter(({ heardAt }) => heardAt < since);
  }
}
