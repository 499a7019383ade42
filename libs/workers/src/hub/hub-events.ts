import {
  type BackplaneNode,
  type MemoryBackplane,
  type NewPublication,
  type Publication,
  type Receipt,
} from '@skreaver/nestjs-ws';
import { ByteWriter } from '../wire/byte-writer.js';
import { writePublication } from '../wire/event-fields.js';
import { ToWorker } from '../wire/frame.js';
import { HubChannels } from './hub-channels.js';
import type { HubNode } from './hub-nodes.js';

/** What is being published: it is delivered before the memory returns. */
interface Publishing {
  readonly publication: NewPublication;
  readonly publisher: HubNode;
  readonly request: number;
  readonly reached: Set<HubNode>;
}

/** Publishes in the memory, and sends each event to the nodes that have its channel open. */
export class HubEvents {
  private readonly channels = new HubChannels();
  private readonly scratch = new ByteWriter();
  private publishing: Publishing | undefined;
  private count = 0;

  constructor(private readonly memory: MemoryBackplane) {}

  /** The publications so far. */
  get published(): number {
    return this.count;
  }

  /** The node that the memory knows: all of them. */
  get node(): BackplaneNode {
    return {
      id: 'hub',
      deliver: (publication) => this.deliver(publication),
      execute: () => ({ affected: 0 }),
      ask: async () => ({ asked: 0, refused: 0 }),
      interrupted() {},
      restored() {},
      checkPositions() {},
    };
  }

  open(node: HubNode, channels: readonly string[]): void {
    void this.memory.open(channels.filter((channel) => this.channels.open(channel, node)));
  }

  close(node: HubNode, channel: string): void {
    if (this.channels.close(channel, node)) void this.memory.close(channel);
  }

  closeAll(node: HubNode): void {
    for (const channel of node.channels) this.close(node, channel);
  }

  async publish(
    publisher: HubNode,
    request: number,
    publication: NewPublication,
  ): Promise<Receipt & { readonly nodes: number }> {
    this.count += 1;
    const reached = new Set<HubNode>();
    this.publishing = { publication, publisher, request, reached };
    const published = this.memory.publish(publication);
    this.publishing = undefined;
    const { delivered, position, duplicate } = await published;
    return { delivered, nodes: reached.size, position, duplicate };
  }

  async clear(channel: string): Promise<void> {
    await this.memory.clearHistory(channel);
    for (const { socket } of this.channels.of(channel)) socket?.send(ToWorker.cleared, 0, (out) => out.text(channel));
  }

  private deliver(publication: Publication): number {
    writePublication(this.scratch, publication, this.ttlOf(publication));
    const body = this.scratch.take();
    for (const node of this.channels.of(publication.channel)) {
      this.publishing?.reached.add(node);
      const request = node === this.publishing?.publisher ? this.publishing.request : 0;
      node.socket?.send(ToWorker.event, request, (out) => out.raw(body));
    }
    return 0;
  }

  private ttlOf({ mirroredFrom }: Publication): number {
    const publication = this.publishing?.publication;
    return (mirroredFrom === undefined ? publication?.history : publication?.mirror?.history)?.ttl ?? 0;
  }
}
