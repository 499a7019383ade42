import type { MemoryInUse } from '../server/server-messages.js';
import type { Rig } from '../suite/rig.js';
import { heapPerConnection, rssPerConnection } from './figures.js';

/** Concurrent handshakes; below the default backlog of every server. */
const OPENINGS_AT_ONCE = 50;
const WARMING_CONNECTIONS = 200;

export interface Subscribers {
  readonly connections: number;
  readonly channels: number;
  readonly ownChannels: number;
  /** Loopback addresses that they come from in turn; by default one. */
  readonly addresses?: number;
}

export async function connect({ load }: Rig, subscribers: Subscribers): Promise<void> {
  const { connections, channels, ownChannels, addresses } = subscribers;
  const from = addresses === undefined ? {} : { addresses };
  await load.ask({ kind: 'connect', plan: { connections, channels, ownChannels, ...from, atOnce: OPENINGS_AT_ONCE } });
}

/**
 * Measures the memory per connection: the settled memory of the server, minus its memory before the connections were
 * opened.
 */
export class MemoryProbe {
  private constructor(private readonly before: MemoryInUse) {}

  /**
   * Opens and closes some connections first, because the first ones load code and fill pools that later connections
   * share.
   */
  static async before(rig: Rig): Promise<MemoryProbe> {
    await connect(rig, { connections: WARMING_CONNECTIONS, channels: 1, ownChannels: 0 });
    await rig.load.ask({ kind: 'drop' });
    return new MemoryProbe(await rig.server.ask({ kind: 'memory' }));
  }

  /** @returns KiB, by the names of the figures */
  async perConnection(rig: Rig, connections: number): Promise<Record<string, number>> {
    const { rss, heap } = await rig.server.ask({ kind: 'memory' });
    return {
      [rssPerConnection.name]: (rss - this.before.rss) / 1024 / connections,
      [heapPerConnection.name]: (heap - this.before.heap) / 1024 / connections,
    };
  }
}
