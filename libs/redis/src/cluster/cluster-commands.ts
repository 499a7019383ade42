import {
  type AskOutcome,
  type BackplaneNode,
  BackplaneUnavailableError,
  type CommandOutcome,
  type NodeCommand,
  type Question,
  type QuestionSignal,
} from '@skreaver/nestjs-ws';
import type { Keys } from '../keys/keys.js';
import type { RedisLink } from '../link/redis-link.js';
import { COMMAND } from '../scripts/nodes.js';
import { LEASE_MS } from './heartbeat.js';
import { type Mail, type Received, decodeKept, decodeMail, encodeMail, stamped } from './node-mail.js';
import { COMMANDS_KEPT, OpenQuestion, Unconfirmed, hasOutlastedCommands, isKept } from '@skreaver/nestjs-ws/clustering';

const BEGIN_MS = 5000;
/** In which a node notices that its link is down. */
const FOUND_MS = 3000;
/** How long an answer to another node is offered while the link is down. */
const REPLY_MS = 10_000;
const READ_AT_ONCE = 1000;

/**
 * Commands and questions to all nodes. A command that must reach a node that is cut off stands in a log, which that node
 * reads when it is back, before it gets any event.
 */
export class ClusterCommands {
  private sequence = 0;
  private readonly commands = new Map<number, Unconfirmed>();
  private readonly questions = new Map<number, OpenQuestion>();
  /** Questions of other nodes that are being asked here, by node and number. */
  private readonly asking = new Map<string, AbortController>();
  /** The id of the last logged command that this node executed. */
  private lastId: string | undefined;
  /** When the link fell. */
  private awaySince: number | undefined;
  private hasMissed = false;
  /** What arrives while the log is being read. */
  private held: Received[] | undefined;

  constructor(
    /** To the Redis that commands go through now. */
    private readonly way: () => RedisLink,
    private readonly keys: Keys,
    private readonly node: BackplaneNode,
    private readonly now: () => number,
  ) {}

  private get link(): RedisLink {
    return this.way();
  }

  /** Whether this node may have missed commands for good since this was asked last. */
  takeMissed(): boolean {
    const { hasMissed } = this;
    this.hasMissed = false;
    return hasMissed;
  }

  async dispatch(command: NodeCommand, node: string | undefined): Promise<CommandOutcome> {
    const seq = (this.sequence += 1);
    const unconfirmed = new Unconfirmed();
    this.commands.set(seq, unconfirmed);
    try {
      const { dataBinary, ...content } = command as NodeCommand & Pick<Question, 'dataBinary'>;
      const mail: Mail = { t: 'command', from: this.node.id, seq, to: node, command: content as NodeCommand };
      const nodes = await this.tell(mail, dataBinary, node, isKept(command));
      const missing = await unconfirmed.all(nodes, BEGIN_MS);
      const { affected, replies } = unconfirmed;
      return { affected, unconfirmed: missing, replies };
    } finally {
      this.commands.delete(seq);
    }
  }

  async ask(question: Question, signal: QuestionSignal, node: string | undefined): Promise<AskOutcome> {
    if (signal.aborted) throw withdrawn();
    const seq = (this.sequence += 1);
    const open = new OpenQuestion();
    this.questions.set(seq, open);
    const abort = (): void => open.giveUp(withdrawn());
    signal.addEventListener('abort', abort);
    try {
      const { dataBinary, ...content } = question;
      open.await(
        await this.tell({ t: 'question', from: this.node.id, seq, question: content }, dataBinary, node, false),
      );
      return await open.outcome;
    } finally {
      signal.removeEventListener('abort', abort);
      this.questions.delete(seq);
      void this.tell({ t: 'withdraw', from: this.node.id, seq }, undefined, node, false).catch(() => undefined);
    }
  }

  /** Nothing that arrives is executed until `catchUp` has read the log. */
  hold(): void {
    this.held ??= [];
  }

  /**
   * Executes what this node missed, then what has arrived meanwhile.
   * @param isLogDoubtful whether the log may lack commands that it had while this node was away
   */
  async catchUp(isLogDoubtful = false): Promise<void> {
    if (this.lastId === undefined) await this.skipLog();
    else if ((await this.readLog()) >= COMMANDS_KEPT.count) this.hasMissed = true;
    const awayMs = this.awaySince === undefined ? 0 : this.now() - this.awaySince;
    // Within its lease the node is told of as one that did not confirm.
    if (hasOutlastedCommands(awayMs) || (isLogDoubtful && awayMs > LEASE_MS - FOUND_MS)) this.hasMissed = true;
    this.awaySince = undefined;
    const { held = [] } = this;
    this.held = undefined;
    for (const received of held) this.take(received);
  }

  receive(message: Buffer): void {
    const received = decodeMail(message);
    if (this.held === undefined) this.take(received);
    else this.held.push(received);
  }

  nodesAre(nodes: readonly string[]): void {
    const live = new Set(nodes);
    for (const each of this.commands.values()) each.keepOnly(live);
    for (const each of this.questions.values()) each.keepOnly(live);
    for (const [asked, controller] of this.asking) {
      if (!live.has(asked.slice(0, asked.lastIndexOf(' ')))) controller.abort();
    }
  }

  /** What nodes say from now on may not arrive. */
  interrupted(reason: string): void {
    this.awaySince ??= this.now();
    for (const each of this.commands.values()) each.lose();
    for (const each of this.questions.values()) each.giveUp(new BackplaneUnavailableError('unknown', reason));
  }

  end(): void {
    this.interrupted('The node has left the cluster.');
    for (const controller of this.asking.values()) controller.abort();
  }

  /** @returns the nodes that are told */
  private async tell(mail: Mail, bytes: Uint8Array | undefined, node: string | undefined, isLogged: boolean) {
    const { keys } = this;
    const name = node === undefined ? keys.everyNode : keys.control.inbox(node);
    const args = ['', name, encodeMail(mail, bytes), isLogged ? COMMANDS_KEPT.count : '', COMMANDS_KEPT.ms];
    const live = (await this.link.run(COMMAND, [keys.commands, keys.control.nodes], args)) as string[];
    return node === undefined ? live : live.filter((each) => each === node);
  }

  /** A node that begins has no connections that an earlier command concerns. */
  private async skipLog(): Promise<void> {
    const newest = await this.link.call('XREVRANGE', [this.keys.commands, '+', '-', 'COUNT', 1], 'read');
    this.lastId = (newest as [string, string[]][])[0]?.[0] ?? '0-0';
  }

  /** @returns how many were read */
  private async readLog(): Promise<number> {
    for (let read = 0; ;) {
      const range = [this.keys.commands, `(${this.lastId}`, '+', 'COUNT', READ_AT_ONCE];
      const entries = (await this.link.callForBytes('XRANGE', range)) as [Buffer, [Buffer, Buffer]][];
      for (const [id, [, kept]] of entries) this.take(decodeKept(id.toString('latin1'), kept));
      read += entries.length;
      if (entries.length < READ_AT_ONCE) return read;
    }
  }

  private take({ id, mail, bytes }: Received): void {
    if (id !== '') {
      if (this.lastId !== undefined && !isAfter(id, this.lastId)) return;
      this.lastId = id;
    }
    const { from, seq } = mail;
    switch (mail.t) {
      case 'command':
        return this.execute(mail, bytes);
      case 'begun':
        return this.commands.get(seq)?.begin(from);
      case 'done':
        return this.commands.get(seq)?.finish(from, mail);
      case 'question':
        return void this.answer(mail, bytes);
      case 'withdraw':
        return this.asking.get(`${from} ${seq}`)?.abort();
      case 'outcome':
        return this.questions.get(seq)?.hear(from, withAnswerBytes(mail.outcome, bytes));
    }
  }

  /** Begins the command in this turn, so that commands take effect in their order. */
  private execute({ from, seq, to, command }: Mail & { t: 'command' }, bytes: Uint8Array | undefined): void {
    if (to !== undefined && to !== this.node.id) return;
    const result = this.node.execute(
      (bytes === undefined ? command : { ...command, dataBinary: bytes }) as NodeCommand,
    );
    const about = { from: this.node.id, seq };
    if (!(result instanceof Promise)) {
      void this.reply(from, { t: 'done', ...about, ...result });
      return;
    }
    void this.reply(from, { t: 'begun', ...about });
    void result.then((done) => this.reply(from, { t: 'done', ...about, ...done }));
  }

  private async answer(
    { from, seq, question }: Mail & { t: 'question' },
    bytes: Uint8Array | undefined,
  ): Promise<void> {
    const key = `${from} ${seq}`;
    const controller = new AbortController();
    this.asking.set(key, controller);
    const asked = bytes === undefined ? question : { ...question, dataBinary: bytes };
    const outcome = await this.node.ask(asked, controller.signal);
    this.asking.delete(key);
    if (controller.signal.aborted) return;
    // Field by field: those of an answer may be getters, which a spread leaves out.
    const { dataJson, dataBinary } = outcome.answer ?? {};
    const told: AskOutcome = outcome.answer === undefined ? outcome : { answer: { dataJson } };
    await this.reply(from, { t: 'outcome', from: this.node.id, seq, outcome: told }, dataBinary);
  }

  /** Without the way over Redis where this node itself is told. */
  private async reply(to: string, mail: Mail, bytes?: Uint8Array): Promise<void> {
    if (to === this.node.id) {
      this.take({ id: '', mail, bytes });
      return;
    }
    const message = stamped(encodeMail(mail, bytes));
    for (const until = performance.now() + REPLY_MS; ;) {
      try {
        await this.link.publish(this.keys.control.inbox(to), message);
        return;
      } catch {
        // Said twice, it counts once.
        const left = until - performance.now();
        if (left <= 0 || this.link.isLive) return;
        await this.link.whenLive(left);
      }
    }
  }
}

const withdrawn = (): Error => new Error('The question was withdrawn.');

function withAnswerBytes(outcome: AskOutcome, dataBinary: Uint8Array | undefined): AskOutcome {
  if (outcome.answer === undefined || dataBinary === undefined) return outcome;
  return { answer: { ...outcome.answer, dataBinary } };
}

/** Compares ids of a stream. */
function isAfter(id: string, other: string): boolean {
  const [time = 0, sequence = 0] = id.split('-').map(Number);
  const [otherTime = 0, otherSequence = 0] = other.split('-').map(Number);
  return time > otherTime || (time === otherTime && sequence > otherSequence);
}
