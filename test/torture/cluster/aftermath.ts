import { setTimeout as delay } from 'node:timers/promises';
import type { Random } from '../random.js';
import { CHANNELS, type Cast, PROBE, ROOMS } from './cast.js';
import type { ClusterLedger, Kept } from './cluster-ledger.js';
import type { TorturedServer } from './tortured-server.js';
import { Observer } from './observer.js';
import { HttpWire } from './wires.js';

/** Within which everything is as it should be, after a fault. On a busy machine. */
const WITHIN_MS = 30_000;
/** Within which everyone is there at first, while processes start. */
const BEGIN_MS = 120_000;
/** Within which the members of every room are right on all nodes, after the end of a fault. */
const GHOSTS_MS = 15_000;
/** For which they may be wrong after someone has come or gone, however long ago the fault was. */
const SETTLE_MS = 5000;
/** After which an event that has not reached everyone is followed by another: its epoch may be over. */
const REPEAT_MS = 1000;
const POLL_MS = 20;

/** Sees what has become of everything, once a fault is over. */
export class Aftermath {
  private ends = 0;

  constructor(
    private readonly nodes: readonly TorturedServer[],
    private readonly cast: Cast,
    private readonly ledger: ClusterLedger,
    private readonly random: Random,
  ) {}

  /** Resolves when everyone has come. */
  async begin(): Promise<void> {
    await this.live('the beginning', BEGIN_MS);
  }

  /** @returns ms until a publication through every node has reached everyone */
  async live(fault: string, withinMs = WITHIN_MS): Promise<number> {
    const begun = performance.now();
    const isLive = () => this.cast.subscribers.every(({ user }) => this.ledger.isLevel(user, PROBE));
    for (;;) {
      await Promise.all(this.nodes.map((node) => this.publishEnd(PROBE, node)));
      if (await within(isLive, REPEAT_MS)) break;
      if (performance.now() - begun < withinMs) continue;
      this.ledger.find('behind', `${fault}: the probe did not reach everyone`);
      break;
    }
    return performance.now() - begun;
  }

  /** Has everybody come back, and get what was published. */
  async level(fault: string): Promise<void> {
    const { subscribers } = this.cast;
    const isBack = await within(() => {
      for (const subscriber of subscribers) subscriber.comeBack();
      return subscribers.every((subscriber) => subscriber.isBack);
    });
    if (!isBack) this.ledger.find('behind', `${fault}: ${names(subscribers.filter((each) => !each.isBack))} away`);
    await this.levelAll(fault);
  }

  /**
   * The members of each room are those who are in it, with one connection each, on whatever node one asks.
   * @param since when the fault was over
   * @returns ms from now until that is so
   */
  async members(fault: string, since: number): Promise<number> {
    const begun = performance.now();
    const until = Math.max(since + GHOSTS_MS, begun + SETTLE_MS);
    for (;;) {
      const wrong = (await Promise.all(this.nodes.map((node) => this.wrongMembers(node)))).flat();
      if (wrong.length === 0) return performance.now() - begun;
      if (performance.now() > until) {
        this.ledger.find('ghost', `${fault}: ${wrong.slice(0, 5).join(', ')}`);
        return performance.now() - begun;
      }
      await delay(5 * POLL_MS);
    }
  }

  private wrongMembers(node: TorturedServer): Promise<string[]> {
    const look = async (observer: Observer): Promise<string[]> => {
      const wrong: string[] = [];
      for (const room of ROOMS) {
        const [told, real] = [await observer.members(room), this.cast.membersOf(room)];
        for (const [user, connections] of told) {
          if (!real.includes(user)) wrong.push(`${user} is not in ${room}`);
          else if (connections !== 1) wrong.push(`${user} has ${connections} connections in ${room}`);
        }
        wrong.push(...real.filter((user) => !told.has(user)).map((user) => `${user} is in ${room}`));
      }
      return wrong.map((each) => `${node.name}: ${each}`);
    };
    return Observer.look(node, look).catch((error: unknown) => [`${node.name}: ${String(error)}`]);
  }

  /** All that is kept. */
  async memory(): Promise<ReadonlyMap<string, Kept>> {
    const [node] = this.nodes as [TorturedServer];
    return Observer.look(node, async (observer) => {
      const kept = new Map<string, Kept>();
      for (const channel of CHANNELS) kept.set(channel, await observer.history(channel));
      return kept;
    });
  }
  /** One more event in each channel shows what is lost at the end. */
  private async levelAll(fault: string): Promise<void> {
    const behind = () =>
      this.cast.subscribers.flatMap(({ user, channels: taken }) =>
        CHANNELS.filter((channel) => taken.includes(channel) && !this.ledger.isLevel(user, channel)).map(
          (channel) => `${user} ${channel}`,
        ),
      );
    for (const until = performance.now() + WITHIN_MS; ;) {
      await Promise.all(CHANNELS.map((channel) => this.publishEnd(channel, this.random.pick(this.nodes))));
      if (await within(() => behind().length === 0, REPEAT_MS)) return;
      if (performance.now() > until) break;
    }
    this.ledger.find('behind', `${fault}: ${behind().slice(0, 5).join(', ')}`);
  }

  private async publishEnd(channel: string, node: TorturedServer): Promise<void> {
    const wire = new HttpWire(node);
    for (const until = performance.now() + WITHIN_MS; performance.now() < until; await delay(POLL_MS)) {
      const publication = this.ledger.begin(`end${(this.ends += 1)}#0`, channel, false);
      const outcome = await wire.send(publication);
      this.ledger.settle(publication, outcome);
      if (outcome.kind !== 'ok') continue;
      this.ledger.endAt(channel, outcome.position);
      return;
    }
    this.ledger.find('behind', `${node.name} takes no publication`);
  }
}

const names = (users: readonly { user: string }[]): string => users.map(({ user }) => user).join(', ');

async function within(holds: () => boolean, ms = WITHIN_MS): Promise<boolean> {
  for (const until = performance.now() + ms; !holds(); await delay(POLL_MS)) {
    if (performance.now() > until) return false;
  }
  return true;
}
