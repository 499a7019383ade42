import { CONTROL_TAG } from '../keys/keys.js';
import { PARTITION_TAGS } from '../keys/partition.js';
import { slotOf } from '../keys/slot.js';

/** Where a Redis listens. */
export interface Place {
  readonly host: string;
  readonly port: number;
}

/** A primary of a Redis Cluster, as the cluster says. */
export interface Primary extends Place {
  /** Names the server over changes of its address. */
  readonly id: string;
  readonly replicas: readonly (Place & { readonly id: string })[];
  readonly partitions: readonly number[];
  /** Whether it has the slot of what is kept once for all nodes. */
  readonly hasControl: boolean;
}

type ServerReply = readonly [host: string | null, port: number, id: string, ...unknown[]];
type RangeReply = readonly [first: number, last: number, ...servers: ServerReply[]];

const SLOTS_OF_PARTITIONS = PARTITION_TAGS.map((tag) => slotOf(tag));
const CONTROL_SLOT = slotOf(CONTROL_TAG);

/**
 * Reads the reply of CLUSTER SLOTS: the primaries that have slots, in the order of their first slots.
 * @param asked the one that answered, which may not know its own host
 */
export function readSlotMap(reply: unknown, asked: Place): Primary[] {
  const ranges = (reply as readonly RangeReply[]).toSorted(([one], [other]) => one - other);
  const primaries = new Map<string, Primary & { partitions: number[]; hasControl: boolean }>();
  for (const [first, last, server, ...replicas] of ranges) {
    if (server === undefined) continue;
    const has = (slot: number): boolean => slot >= first && slot <= last;
    const known = primaries.get(server[2]);
    const place = placeOf(server, asked);
    const primary = known ?? { ...place, replicas: [], partitions: [], hasControl: false };
    for (const [partition, slot] of SLOTS_OF_PARTITIONS.entries()) if (has(slot)) primary.partitions.push(partition);
    const all = replicas.map((each) => placeOf(each, asked));
    primaries.set(server[2], { ...primary, replicas: all, hasControl: primary.hasControl || has(CONTROL_SLOT) });
  }
  return [...primaries.values()].filter(({ partitions, hasControl }) => partitions.length > 0 || hasControl);
}

/** How many partitions have no primary. */
export const unserved = (primaries: readonly Primary[]): number =>
  PARTITION_TAGS.length - primaries.reduce((sum, { partitions }) => sum + partitions.length, 0);

/** A server that does not know its name gives none, or a question mark: it is where it was asked. */
function placeOf([host, port, id]: ServerReply, asked: Place): Place & { id: string } {
  const isKnown = host !== null && host !== '' && host !== '?';
  return { host: isKnown ? host : asked.host, port, id };
}
