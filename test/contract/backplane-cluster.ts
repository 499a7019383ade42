import { expect, onTestFinished } from 'vitest';
import type { Backplane } from '../../src/backplane/index.js';
import { RecordingNode } from './recording-node.js';

/** Backplanes of one cluster, one for each node, and what only their maker can do with them. */
interface Backplanes {
  readonly backplanes: readonly [Backplane, ...Backplane[]];
  /** Lets time pass for all of them. */
  readonly advance?: (ms: number) => Promise<void>;
  /** Makes them forget all about a channel that is open nowhere, as when memory is short. */
  readonly lose?: (channel: string) => Promise<void>;
  /** Cuts a node off from the others; resolves with how to connect it again. */
  readonly cut?: (index: number) => Promise<() => Promise<void>>;
  /** Ends a node without a word, as a power failure does; resolves when the others know. */
  readonly kill?: (index: number) => Promise<void>;
}

/** How to make a cluster; what it can is said beforehand, as it decides which cases run. */
export interface ClusterMaker {
  readonly nodes: number;
  /** Whether there is `advance`. */
  readonly advances: boolean;
  /** Whether there is `lose`. */
  readonly loses: boolean;
  /** Whether there is `cut`. */
  readonly cuts?: boolean;
  /** Whether there is `kill`. */
  readonly kills?: boolean;
  /** A cluster without channels, no node attached. */
  start(): Promise<Backplanes>;
}

/** What a receipt says of the nodes where no node gets an event. */
export const nobodyOf = ({ nodes }: ClusterMaker): 0 | undefined => (nodes > 1 ? 0 : undefined);

/** A cluster with a node attached to each backplane. */
export interface Cluster {
  /** The first one, for what a single node shows. */
  readonly backplane: Backplane;
  readonly node: RecordingNode;
  readonly backplanes: readonly Backplane[];
  readonly nodes: readonly RecordingNode[];
  /** The backplanes in turn: the one of any number. */
  readonly of: (index: number) => Backplane;
  /** Opens channels on every node. */
  readonly open: (...channels: string[]) => Promise<void>;
  readonly advance: (ms: number) => Promise<void>;
  readonly lose: (channel: string) => Promise<void>;
  readonly cut: (index: number) => Promise<() => Promise<void>>;
  readonly kill: (index: number) => Promise<void>;
}

/** Starts a cluster that ends with the test. */
export async function startCluster(maker: ClusterMaker): Promise<Cluster> {
  const { backplanes, ...abilities } = await maker.start();
  const { advance = missing('advance'), lose = missing('lose') } = abilities;
  const { cut = missing('cut'), kill = missing('kill') } = abilities;
  const nodes = await Promise.all(
    backplanes.map(async (each, index) => {
      const joined = new RecordingNode(`node${index}`);
      await each.start(joined);
      onTestFinished(() => each.detach());
      return joined;
    }),
  );
  const [backplane] = backplanes;
  const [node] = nodes;
  if (node === undefined || nodes.length !== maker.nodes) throw new Error(`There are ${nodes.length} nodes.`);
  const of = (index: number): Backplane => backplanes[index % backplanes.length] ?? backplane;
  const open = async (...channels: string[]): Promise<void> => {
    const failures = await Promise.all(backplanes.map((each) => each.open(channels)));
    expect(failures.flatMap((each) => [...each])).toEqual([]);
  };
  return { backplane, node, backplanes, nodes, of, open, advance, lose, cut, kill };
}

const missing = (ability: string) => async (): Promise<never> => {
  throw new Error(`The cluster was said to have ${ability}, but has not.`);
};
