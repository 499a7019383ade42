import { vi } from 'vitest';
import type {
  AskOutcome,
  BackplaneNode,
  CommandResult,
  EngineState,
  MirrorRules,
  NodeCommand,
  Publication,
  Question,
  QuestionSignal,
} from '../../src/backplane/index.js';

/** A node that keeps what it gets, in order. */
export class RecordingNode implements BackplaneNode {
  readonly delivered: Publication[] = [];
  readonly commands: NodeCommand[] = [];
  readonly questions: Question[] = [];
  /** Those of the questions, in their order. */
  readonly signals: QuestionSignal[] = [];
  /** How often it was told that it may have missed commands for good. */
  commandsLost = 0;
  /** Connections that take each publication, and meet each command. */
  connections = 1;
  /** What it replies to each command. */
  replyJson: string | undefined;
  /** Called while a publication is being delivered. */
  onDeliver: ((publication: Publication) => void) | undefined;
  /** Takes as long as its promise to execute a command. */
  onExecute: (() => Promise<number>) | undefined;

  /** What becomes of a question. */
  onAsk = async (_question: Question, _signal: QuestionSignal): Promise<AskOutcome> => ({ asked: 0, refused: 0 });

  /** For a backplane that places a channel beside its mirror. */
  readonly mirrors: MirrorRules = {
    of: (channel) => (['a', 'b', 'c'].includes(channel) ? 'agents' : undefined),
    signature: 'a, b, c: agents',
  };

  constructor(readonly id: string) {}

  deliver(publication: Publication): number {
    this.delivered.push(publication);
    this.onDeliver?.(publication);
    return this.connections;
  }

  execute(command: NodeCommand): CommandResult | Promise<CommandResult> {
    this.commands.push(command);
    return (
      this.onExecute?.().then((affected) => ({ affected })) ?? { affected: this.connections, replyJson: this.replyJson }
    );
  }

  ask(question: Question, signal: QuestionSignal): Promise<AskOutcome> {
    this.questions.push(question);
    this.signals.push(signal);
    return this.onAsk(question, signal);
  }

  /** What the backplane said of its engine, in order. */
  readonly link: string[] = [];

  interrupted(): void {
    this.link.push('interrupted');
  }

  restored({ memory, commands = 'kept' }: EngineState): void {
    this.link.push(`restored: memory ${memory}`);
    if (commands === 'lost') this.commandsLost += 1;
  }

  checkPositions(): void {
    this.link.push('check');
  }

  /** The publications of a channel, as soon as there are so many. More than that fail the test that looks at them. */
  async got(channel: string, count: number): Promise<Publication[]> {
    const ofChannel = () => this.delivered.filter((publication) => publication.channel === channel);
    await vi.waitUntil(() => ofChannel().length >= count, { timeout: 20_000, interval: 5 });
    return ofChannel();
  }
}
