import type { AskOutcome, CommandOutcome, CommandResult } from '@skreaver/nestjs-ws';
import { OpenQuestion, Unconfirmed } from '@skreaver/nestjs-ws/clustering';
import { ToWorker } from '../wire/frame.js';
import { CommandLog } from './command-log.js';
import type { HubNode, HubNodes } from './hub-nodes.js';

const BEGIN_MS = 5000;

interface AskedQuestion {
  readonly open: OpenQuestion;
  readonly asker: HubNode;
  /** The number of the asker's request. */
  readonly request: number;
}

/** Commands and questions on their way to nodes, and what these say to them. Their content is of no matter here. */
export class HubCommands {
  /** Counts commands and questions. */
  private sequence = 0;
  private readonly log = new CommandLog();
  private readonly commands = new Map<number, Unconfirmed>();
  private readonly questions = new Map<number, AskedQuestion>();

  constructor(private readonly nodes: HubNodes) {}

  /** The number of the last command. */
  get last(): number {
    return this.sequence;
  }

  async dispatch(content: Buffer, to: string | undefined, isKept: boolean): Promise<CommandOutcome> {
    const number = (this.sequence += 1);
    // A copy: what it came with would be kept as a whole.
    const body = Buffer.from(content);
    if (isKept) this.log.add(number, to, body);
    const unconfirmed = new Unconfirmed();
    this.commands.set(number, unconfirmed);
    const told = this.tell(ToWorker.command, number, body, to);
    try {
      const missing = await unconfirmed.all(told, BEGIN_MS);
      const { affected, replies } = unconfirmed;
      return { affected, unconfirmed: missing, replies };
    } finally {
      this.commands.delete(number);
    }
  }

  begun(node: HubNode, number: number): void {
    this.commands.get(number)?.begin(node.id);
  }

  done(node: HubNode, number: number, result: CommandResult): void {
    this.commands.get(number)?.finish(node.id, result);
  }

  /** Sends a node that is back what it has missed. */
  resend(node: HubNode, after: number): void {
    for (const { number, body } of this.log.missed(node, after)) {
      node.socket?.send(ToWorker.command, number, (out) => out.raw(body));
    }
  }

  /** Rejects where the node that asks is gone. */
  async ask(asker: HubNode, request: number, content: Buffer, to: string | undefined): Promise<AskOutcome> {
    const number = (this.sequence += 1);
    const open = new OpenQuestion();
    this.questions.set(number, { open, asker, request });
    open.await(this.tell(ToWorker.question, number, content, to));
    try {
      return await open.outcome;
    } finally {
      this.questions.delete(number);
      this.tell(ToWorker.withdrawn, number, Buffer.alloc(0), to);
    }
  }

  heard(node: HubNode, number: number, outcome: AskOutcome): void {
    this.questions.get(number)?.open.hear(node.id, outcome);
  }

  /** Nobody is waited for any more. */
  withdraw(asker: HubNode, request: number): void {
    for (const asked of this.questions.values()) {
      if (asked.asker === asker && asked.request === request) asked.open.await([]);
    }
  }

  /** Withdraws all questions of a node that hears of none any more. */
  withdrawAll(asker: HubNode): void {
    for (const asked of this.questions.values()) {
      if (asked.asker === asker) asked.open.giveUp(new Error('The node that asked is gone.'));
    }
  }

  /** Nodes have ended: nobody waits for them. */
  nodesAre(nodes: readonly HubNode[]): void {
    const live = new Set(nodes.map(({ id }) => id));
    for (const each of this.commands.values()) each.keepOnly(live);
    for (const { open } of this.questions.values()) open.keepOnly(live);
  }

  /** @returns the nodes that are told, now or when they are back */
  private tell(kind: number, number: number, body: Buffer, to: string | undefined): string[] {
    return this.nodes.named(to).map((node) => {
      node.socket?.send(kind, number, (out) => out.raw(body));
      return node.id;
    });
  }
}
