import { randomInt, randomUUID } from 'node:crypto';

const LENGTH = 8;
const RADIX = 36;
const SEPARATOR = '.';

/** Names this process among the nodes of the server: in its logs, and in the ids of its connections. */
export class NodeId {
  private readonly prefix: string;

  /** @param value default: 8 random characters of `0–9 a–z` */
  constructor(readonly value: string = randomId()) {
    this.prefix = value + SEPARATOR;
  }

  /**
   * Makes the id of a connection of this node: the node, a dot and a random UUID. Every node can tell from it where the
   * connection is; nobody can guess it.
   */
  newConnectionId(): string {
    return this.prefix + randomUUID();
  }

  /** The other node that has a connection, by its id. `undefined` where the id names no node, or this one. */
  otherNodeOf(connectionId: string): string | undefined {
    const end = connectionId.indexOf(SEPARATOR);
    return end < 1 || connectionId.startsWith(this.prefix) ? undefined : connectionId.slice(0, end);
  }
}

const randomId = (): string =>
  randomInt(RADIX ** LENGTH)
    .toString(RADIX)
    .padStart(LENGTH, '0');
