import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import {
  type AskOutcome,
  Backplane,
  type BackplaneNode,
  type CommandResult,
  type EnginePart,
  type EngineState,
  type LinkObserver,
  type MirrorRules,
  type NodeCommand,
  type Publication,
  type Question,
  type QuestionSignal,
} from '../../backplane/index.js';
import { ChannelOptionsResolver } from '../../channel/index.js';
import { BackplaneMetrics, ThrottledLog } from '../../metrics/index.js';
import { NodeId } from '../../node/index.js';
import { Acknowledgements } from '../recovery/acknowledgements.js';
import { Arrivals } from './arrivals.js';
import { PositionCheck } from './position-check.js';

type Result = number | CommandResult | Promise<number | CommandResult>;

/** Executes each kind of command on this node; returns how many connections it affected, and the reply if there is one. */
export type CommandHandlers = {
  readonly [K in NodeCommand['kind']]: (command: Extract<NodeCommand, { kind: K }>) => Result;
};

/** Asks the connections of this node, as {@link BackplaneNode.ask} says. */
interface NodeAsker {
  askHere(question: Question, signal: QuestionSignal): Promise<AskOutcome>;
}

const NOBODY: AskOutcome = { asked: 0, refused: 0 };

/** Is told when this node reaches the engine of the backplane again. */
export interface RestoreObserver {
  onRestored(engine: EngineState, part?: EnginePart): void;
}

/** This process as a node of the server: what the backplane delivers to and sends commands to. */
@Injectable()
export class ClusterNode implements BackplaneNode, OnApplicationShutdown {
  private handlers: CommandHandlers | undefined;
  private asker: NodeAsker | undefined;
  private readonly observers: RestoreObserver[] = [];
  /** The parts of the engine that are away; undefined stands for all of it. */
  private readonly away = new Set<EnginePart | undefined>();
  readonly mirrors: MirrorRules;
  readonly observer: LinkObserver;

  constructor(
    private readonly name: NodeId,
    private readonly backplane: Backplane,
    private readonly arrivals: Arrivals,
    private readonly positions: PositionCheck,
    private readonly acknowledgements: Acknowledgements,
    private readonly metrics: BackplaneMetrics,
    private readonly log: ThrottledLog,
    options: ChannelOptionsResolver,
  ) {
    this.observer = metrics;
    this.mirrors = { of: (channel) => options.of(channel).mirror, signature: options.mirrorRules };
  }

  get id(): string {
    return this.name.value;
  }

  /** Notifies the observers in this order, from now on. */
  observe(...observers: readonly RestoreObserver[]): void {
    this.observers.push(...observers);
  }

  /** Joins the server. @throws what {@link Backplane.start} throws */
  start(handlers: CommandHandlers, asker: NodeAsker): Promise<void> {
    this.handlers = handlers;
    this.asker = asker;
    return this.backplane.start(this);
  }

  deliver(publication: Publication): number {
    return this.arrivals.deliver(publication);
  }

  execute(command: NodeCommand): CommandResult | Promise<CommandResult> {
    const handle = this.handlers?.[command.kind] as ((command: NodeCommand) => Result) | undefined;
    const result = handle?.(command) ?? 0;
    return result instanceof Promise ? result.then(resultOf) : resultOf(result);
  }

  async ask(question: Question, signal: QuestionSignal): Promise<AskOutcome> {
    return this.asker?.askHere(question, signal) ?? NOBODY;
  }

  interrupted(part?: EnginePart): void {
    if (this.away.has(part)) return;
    if (this.away.size === 0) this.metrics.interrupted();
    this.away.add(part);
    const { reason } = this.backplane.health;
    this.log.event('backplane interrupted', { reason }, 'error');
  }

  restored(engine: EngineState, part?: EnginePart): void {
    if (this.away.delete(part) && this.away.size === 0) this.metrics.restored();
    this.log.event('backplane restored', { memory: engine.memory }, 'warn');
    this.checkPositions(part);
    for (const observer of this.observers) observer.onRestored(engine, part);
  }

  checkPositions(part?: EnginePart): void {
    void this.positions.check(part);
  }

  /** Runs after all connections are closed. */
  async onApplicationShutdown(): Promise<void> {
    await this.acknowledgements.flush();
    // The meters outlive this node.
    if (this.away.size > 0) this.metrics.restored();
    this.away.clear();
    await this.backplane.detach();
  }
}

const resultOf = (result: number | CommandResult): CommandResult =>
  typeof result === 'number' ? { affected: result } : result;
