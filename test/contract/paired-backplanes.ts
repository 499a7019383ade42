import { setImmediate as nextTurn } from 'node:timers/promises';
import {
  type AskOutcome,
  type CommandOutcome,
  MemoryBackplane,
  type NewPublication,
  type NodeCommand,
  type Publication,
  type Question,
  type QuestionSignal,
  type Receipt,
} from '../../src/backplane/index.js';
import { stubNode } from '../support/backplane/stub-node.js';
import { SimulatedTime } from '../support/simulated-time.js';
import { PairedBackplane } from './paired/paired-backplane.js';
import { WaitingCommand } from './paired/waiting-command.js';

/** Time in ms in which a node has to begin a command. */
const CONFIRMATION_MS = 5000;
/** The last publication of a channel may be missed without a trace. */
const POSITIONS_EVERY_MS = 30_000;

/** What becomes of what travels between the nodes and their engine. */
export interface Network {
  /** How long something is under way. It never overtakes what was sent before it. Default: a turn of the event loop. */
  readonly travel: () => Promise<void>;
  /** Whether a publication is lost on its way to a node, without a trace. Default: never. */
  readonly loses: () => boolean;
}

export interface PairedBackplanesOptions extends Partial<Network> {
  readonly maxBytes?: number;
  readonly time?: SimulatedTime;
}

/**
 * A cluster of several nodes in one process. Their engine is one memory; what they say to it and what it says to them is
 * under way for a time, in order, and a node can be cut off from it, as through a network. Time passes when a test says so.
 */
export class PairedBackplanes {
  readonly time: SimulatedTime;
  readonly memory: MemoryBackplane;
  readonly network: Network;
  /** Nodes that have joined and not left, also those that are taken for dead. */
  private readonly members = new Set<PairedBackplane>();
  private readonly dead = new Set<PairedBackplane>();
  private readonly waiting = new Set<WaitingCommand>();
  private readonly questions = new Set<(ended: PairedBackplane) => void>();
  /** What becomes of the publication that is being published, on each node that it goes to. */
  private arrivals = new Map<PairedBackplane, Promise<number>[]>();
  private checkedAt = 0;

  constructor({
    maxBytes = 1_000_000,
    time = new SimulatedTime(),
    travel = () => nextTurn(),
    loses = () => false,
  }: PairedBackplanesOptions = {}) {
    this.time = time;
    this.network = { travel, loses };
    this.memory = new MemoryBackplane(maxBytes, time);
    time.onPassed = () => this.timePassed();
    void this.memory.start(stubNode({ id: 'memory', deliver: (publication) => this.deliver(publication) }));
  }

  /** Commands that nodes are waited for. */
  get commandsUnderWay(): number {
    return this.waiting.size;
  }

  member(): PairedBackplane {
    return new PairedBackplane(this);
  }

  /** A node joins, or comes back. */
  add(member: PairedBackplane): void {
    this.members.add(member);
    this.dead.delete(member);
  }

  async remove(member: PairedBackplane, leaveDelay: number): Promise<void> {
    await this.bury(member, leaveDelay);
    this.members.delete(member);
    this.dead.delete(member);
  }

  /** Takes a node for dead: nobody waits for it, and its users are away. */
  async bury(member: PairedBackplane, leaveDelay: number): Promise<void> {
    this.dead.add(member);
    for (const command of this.waiting) command.forget(member);
    for (const ended of this.questions) ended(member);
    await this.memory.removeNode(member.id, leaveDelay);
  }

  isOpen(channel: string): boolean {
    return [...this.members].some((member) => member.isOpen(channel));
  }

  /** The memory delivers before its `publish` returns, so that no other publication is in between. */
  async publish(publisher: PairedBackplane, publication: NewPublication): Promise<Receipt> {
    this.arrivals = new Map();
    const published = this.memory.publish(publication);
    const { arrivals } = this;
    const receipt = await published;
    const delivered = await Promise.all(arrivals.get(publisher) ?? []);
    return { ...receipt, delivered: delivered.reduce((sum, each) => sum + each, 0), nodes: arrivals.size };
  }

  async dispatch(from: PairedBackplane, command: NodeCommand, node: string | undefined): Promise<CommandOutcome> {
    const members = this.named(node);
    const waiting = new WaitingCommand(this.alive(members));
    this.waiting.add(waiting);
    const callOff = this.time.after(CONFIRMATION_MS, () => waiting.beLate());
    for (const member of members) member.command(command, waiting);
    const stopListening = from.whenCut(() => waiting.lose());
    try {
      return await waiting.outcome;
    } finally {
      stopListening();
      callOff();
      this.waiting.delete(waiting);
    }
  }

  ask(question: Question, signal: QuestionSignal, node: string | undefined): Promise<AskOutcome> {
    const withdrawal = new AbortController();
    const asked = new Set(this.alive(this.named(node)));
    const sum = { asked: 0, refused: 0 };
    let ended: (member: PairedBackplane) => void = () => {};
    return new Promise<AskOutcome>((resolve) => {
      const hear = (member: PairedBackplane, outcome: AskOutcome): void => {
        if (!asked.delete(member)) return;
        if (outcome.answer !== undefined) return resolve(outcome);
        sum.asked += outcome.asked;
        sum.refused += outcome.refused;
        if (asked.size === 0) resolve(sum);
      };
      ended = (member) => hear(member, { asked: 1, refused: 0 });
      this.questions.add(ended);
      signal.addEventListener('abort', () => resolve(sum));
      if (signal.aborted || asked.size === 0) resolve(sum);
      else for (const member of asked) member.question(question, withdrawal.signal, (outcome) => hear(member, outcome));
    }).finally(() => {
      this.questions.delete(ended);
      withdrawal.abort();
    });
  }

  private deliver(publication: Publication): number {
    for (const member of this.members) {
      if (!member.isReachable || !member.isOpen(publication.channel)) continue;
      const arrival = member.publication(publication);
      // Whoever waits for it hears what a broken node threw.
      arrival.catch(() => undefined);
      this.arrivals.set(member, [...(this.arrivals.get(member) ?? []), arrival]);
    }
    return 0;
  }

  private named(node: string | undefined): PairedBackplane[] {
    return [...this.members].filter(({ id }) => node === undefined || id === node);
  }

  private alive(members: readonly PairedBackplane[]): PairedBackplane[] {
    return members.filter((member) => !this.dead.has(member));
  }

  private timePassed(): void {
    // The memory does it by an interval of its own, which would come at any time.
    (Reflect.get(this.memory, 'sweep') as () => void)();
    if (this.time.elapsed() - this.checkedAt < POSITIONS_EVERY_MS) return;
    this.checkedAt = this.time.elapsed();
    for (const member of this.members) member.checkPositions();
  }
}
