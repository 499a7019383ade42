import { vi } from 'vitest';
import type { BackplaneNode, NodeCommand, Publication } from '../../src/backplane/index.js';

/** A node that keeps what it gets, in order. */
export class RecordingNode implements BackplaneNode {
  readonly delivered: Publication[] = [];
  readonly commands: NodeCommand[] = [];
  /** Connections that take each publication, and meet each command. */
  connections = 1;
  /** Called while a publication is being delivered. */
  onDeliver: ((publication: Publication) => void) | undefined;

  deliver(publication: Publication): number {
    this.delivered.push(publication);
    this.onDeliver?.(publication);
    return this.connections;
  }

  execute(command: NodeCommand): number {
    this.commands.push(command);
    return this.connections;
  }

  /** The publications of a channel, as soon as there are so many. More than that fail the test that looks at them. */
  async got(channel: string, count: number): Promise<Publication[]> {
    const ofChannel = () => this.delivered.filter((publication) => publication.channel === channel);
    await vi.waitUntil(() => ofChannel().length >= count, { timeout: 5000, interval: 5 });
    return ofChannel();
  }
}
