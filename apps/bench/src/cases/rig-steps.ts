import type { Rig } from '../suite/rig.js';

/** Below every default of a server for how many openings may wait. */
const OPENINGS_AT_ONCE = 50;
const WARMING_CONNECTIONS = 200;

export interface Subscribers {
  readonly connections: number;
  readonly channels: number;
  readonly ownChannels: number;
}

export async function connect({ load }: Rig, { connections, channels, ownChannels }: Subscribers): Promise<void> {
  await load.ask({ kind: 'connect', plan: { connections, channels, ownChannels, atOnce: OPENINGS_AT_ONCE } });
}

/** What the connections of a server weigh: its memory at rest, compared with that before they came. */
export class MemoryProbe {
  private constructor(private readonly rssBefore: number) {}

  /** Some connections come and go first, as the first ones bring code and pools that no later one needs. */
  static async before(rig: Rig): Promise<MemoryProbe> {
    await connect(rig, { connections: WARMING_CONNECTIONS, channels: 1, ownChannels: 0 });
    await rig.load.ask({ kind: 'drop' });
    return new MemoryProbe((await rig.server.ask({ kind: 'memory' })).rss);
  }

  /** @returns KiB */
  async perConnection(rig: Rig, connections: number): Promise<number> {
    const { rss } = await rig.server.ask({ kind: 'memory' });
    return (rss - this.rssBefore) / 1024 / connections;
  }
}
