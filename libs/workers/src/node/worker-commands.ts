import type {
  AskOutcome,
  BackplaneNode,
  CommandOutcome,
  CommandResult,
  NodeCommand,
  Question,
  QuestionSignal,
} from '@skreaver/nestjs-ws';
import { isKept } from '@skreaver/nestjs-ws/clustering';
import type { ByteReader } from '../wire/byte-reader.js';
import {
  readCommand,
  readCommandOutcome,
  readOutcome,
  readQuestion,
  writeCommand,
  writeOutcome,
  writeQuestion,
  writeResult,
} from '../wire/command-fields.js';
import { writeText } from '../wire/fields.js';
import { ToHub } from '../wire/frame.js';
import type { HubLink } from './hub-link.js';

/** How long an answer is offered while the link is down. */
const REPLY_MS = 10_000;

/** Commands and questions of this node, and those that it gets. */
export class WorkerCommands {
  /** The number of the last command that this node got; undefined until it has joined a hub. */
  private last: number | undefined;
  /** Questions that are being asked here, by their numbers. */
  private readonly asking = new Map<number, AbortController>();

  constructor(
    private readonly link: HubLink,
    private readonly node: BackplaneNode,
  ) {}

  /** The number of the last command that this node knows of the hub. */
  get lastNumber(): number | undefined {
    return this.last;
  }

  async dispatch(command: NodeCommand, node: string | undefined): Promise<CommandOutcome> {
    const outcome = await this.link.request({
      kind: ToHub.dispatch,
      effect: 'write',
      isPatient: true,
      write: (out) => {
        writeText(out, node);
        out.u8(isKept(command) ? 1 : 0);
        writeCommand(out, command);
      },
    });
    return readCommandOutcome(outcome);
  }

  async ask(question: Question, signal: QuestionSignal, node: string | undefined): Promise<AskOutcome> {
    if (signal.aborted) throw new Error('The question was withdrawn.');
    let request = 0;
    const withdraw = (): void => void this.link.say(ToHub.withdraw, request);
    signal.addEventListener('abort', withdraw);
    try {
      const outcome = await this.link.request({
        kind: ToHub.ask,
        effect: 'write',
        isPatient: true,
        sent: (id) => (request = id),
        write: (out) => {
          writeText(out, node);
          writeQuestion(out, question);
        },
      });
      return readOutcome(outcome);
    } finally {
      signal.removeEventListener('abort', withdraw);
    }
  }

  /** @param isSame whether it is the hub that this node was connected to before */
  welcomed(last: number, isSame: boolean): void {
    if (!isSame) this.withdrawAll();
    this.last = last;
  }

  /** Begins the command in this turn, so that commands take effect in their order. */
  execute(number: number, body: ByteReader): void {
    this.last = number;
    const result = this.node.execute(readCommand(body));
    if (!(result instanceof Promise)) {
      void this.done(number, result);
      return;
    }
    this.link.say(ToHub.begun, number);
    void result.then((done) => this.done(number, done));
  }

  async answer(number: number, body: ByteReader): Promise<void> {
    const controller = new AbortController();
    this.asking.set(number, controller);
    const outcome = await this.node.ask(readQuestion(body), controller.signal);
    this.asking.delete(number);
    if (controller.signal.aborted) return;
    await this.say(ToHub.outcome, number, (out) => writeOutcome(out, outcome));
  }

  withdrawn(number: number): void {
    this.asking.get(number)?.abort();
  }

  withdrawAll(): void {
    for (const controller of this.asking.values()) controller.abort();
    this.asking.clear();
  }

  private done(number: number, result: CommandResult): Promise<void> {
    return this.say(ToHub.done, number, (out) => writeResult(out, result));
  }

  /** Waits for a link that is down. */
  private async say(...args: Parameters<HubLink['say']>): Promise<void> {
    if (this.link.say(...args)) return;
    await this.link.whenLive(REPLY_MS);
    this.link.say(...args);
  }
}
