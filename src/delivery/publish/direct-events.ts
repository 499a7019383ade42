import { randomUUID } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import type { EventMetadata } from '@skreaver/protocol';
import {
  Backplane,
  BackplaneUnavailableError,
  type CommandOutcome,
  type DirectEvent,
  type NodeCommand,
  type Question,
  type QuestionTarget,
} from '../../backplane/index.js';
import { type ResolvedConfig, SkreaverWsConfig } from '../../config/index.js';
import { type ClientConnection, ConnectionTable, WsError } from '../../connection/index.js';
import { BackplaneMetrics, ThrottledLog, WsMetrics } from '../../metrics/index.js';
import { NodeId } from '../../node/index.js';
import { Flusher, type Frame } from '../../transport/index.js';
import { type EventOptions, contentOf } from '../event/event-content.js';
import { dataFrame } from '../event/event-frame.js';
import { assertFits } from '../event/event-size.js';
import { excludedFrom, isExcluded } from '../event/exclusion.js';
import type { Delivery } from './delivery.js';
import { Everyone } from './everyone.js';
import { PublicationQueue } from './publication-queue.js';
import { PublishGate } from './publish-gate.js';
import { push } from './push.js';
import { refusedPublication } from './refused-publication.js';

type SendCommand = Extract<NodeCommand, { kind: 'send' }>;
type SendToCommand = Extract<NodeCommand, { kind: 'sendTo' }>;
/** What the frame of an event outside of channels is made of. */
type Sent = Pick<DirectEvent, 'dataJson' | 'dataBinary' | 'metadataJson' | 'timestamp'>;
type SendAllCommand = Extract<NodeCommand, { kind: 'sendAll' }>;

/** Sends events outside of channels: to a connection, a user or all, on any node. */
@Injectable()
export class DirectEvents {
  constructor(
    @Inject(SkreaverWsConfig) private readonly config: ResolvedConfig,
    private readonly node: NodeId,
    private readonly backplane: Backplane,
    private readonly gate: PublishGate,
    private readonly connections: ConnectionTable,
    private readonly everyone: Everyone,
    private readonly flusher: Flusher,
    private readonly line: PublicationQueue,
    private readonly metrics: WsMetrics,
    private readonly links: BackplaneMetrics,
    private readonly log: ThrottledLog,
  ) {}

  /** Sends an event to the user's connections on this node. */
  sendHere(command: SendCommand): number {
    return pushEvent(command, this.connections.ofUser(command.userId));
  }

  /** Sends an event to a connection of this node. */
  sendToHere(command: SendToCommand): number {
    const connection = this.connections.get(command.connectionId);
    return connection === undefined ? 0 : pushEvent(command, [connection]);
  }

  /** Sends a question to connections of this node. */
  pushQuestion(question: Question, connections: Iterable<ClientConnection>): void {
    push(directFrame(question, question.id), connections);
  }

  /** Tells connections of this node that a question is withdrawn (PROTOCOL §3). */
  pushWithdrawal(id: string, connections: Iterable<ClientConnection>): void {
    const metadata: EventMetadata = { timestamp: Date.now(), kind: 'withdrawn' };
    push(dataFrame({ dataJson: 'null' }, JSON.stringify(metadata), id), connections);
  }

  /** Sends an event to this node's connections that have a user. */
  sendAllHere(command: SendAllCommand): number {
    const { audience } = this.everyone;
    const frame = directFrame(command);
    const { except } = command;
    if (except === undefined) return this.flusher.broadcast(frame, audience);
    const excluded = Array.from(excludedFrom(except, this.connections), ({ socket }) => socket.outbox);
    return this.flusher.broadcastExcept(frame, audience, new Set(excluded));
  }

  /**
   * @throws WsError `INVALID_PARAMS` (data or metadata is not JSON, `except` names nobody), `MESSAGE_TOO_LARGE`,
   * `SERVICE_RESTART`; and what the backplane throws
   */
  async sendToUser(userId: string, data: unknown, options: EventOptions = {}): Promise<Delivery> {
    const command: SendCommand = { kind: 'send', userId, ...this.event(data, options) };
    return this.deliver(() => this.backplane.dispatch(command));
  }

  /**
   * Sends an event to one connection. It is on its way before this returns, if the connection is on this node.
   * @throws as {@link sendToUser}, and WsError `CONNECTION_NOT_FOUND`
   */
  async sendToConnection(connectionId: string, data: unknown): Promise<Delivery> {
    this.gate.assertOpen();
    const connection = this.connections.get(connectionId);
    const node = this.node.otherNodeOf(connectionId);
    if (connection === undefined && node === undefined) throw WsError.connectionNotFound();
    const event = this.event(data);
    if (connection !== undefined) return { delivered: pushEvent(event, [connection]) };
    const command: SendToCommand = { kind: 'sendTo', connectionId, ...event };
    return this.deliver(() => this.found(this.backplane.dispatch(command, node)));
  }

  /**
   * Makes a question.
   * @throws WsError `INVALID_PARAMS` (data is not JSON), `MESSAGE_TOO_LARGE`, `SERVICE_RESTART`
   */
  question(target: QuestionTarget, data: unknown): Question {
    this.gate.assertOpen();
    const id = randomUUID();
    const { dataJson, dataBinary, timestamp } = this.event(data, {}, id);
    return { id, target, dataJson, dataBinary, timestamp };
  }

  /**
   * Waits while everyone still has to be given earlier events.
   * @throws as {@link sendToUser}, and WsError `RATE_LIMIT_EXCEEDED` (`maxWaitingPublishBytes` wait)
   */
  sendToAll(data: unknown, options: EventOptions = {}): Promise<Delivery> {
    if (this.line.refusesToAll) return refusedPublication(this, this.metrics, this.log, {});
    return this.toAll(data, options);
  }

  private async toAll(data: unknown, options: EventOptions): Promise<Delivery> {
    const command: SendAllCommand = { kind: 'sendAll', ...this.event(data, options) };
    return this.deliver(() => this.line.sendToAll(command));
  }

  private event(data: unknown, options: EventOptions = {}, correlationId?: string): DirectEvent {
    const { dataJson, dataBinary, metadataJson, except } = contentOf(data, options);
    const event = { dataJson, dataBinary, metadataJson, except, timestamp: Date.now() };
    const units = dataJson.length + (metadataJson?.length ?? 0);
    assertFits(units, this.config.maxBufferedBytes, () => directFrame(event, correlationId));
    return event;
  }

  /** @throws WsError `CONNECTION_NOT_FOUND`; BackplaneUnavailableError when the node of the connection does not answer */
  private async found(sent: Promise<CommandOutcome>): Promise<CommandOutcome> {
    const outcome = await sent;
    if (outcome.unconfirmed > 0) {
      this.links.commandUnconfirmed();
      throw new BackplaneUnavailableError('unknown', 'A node did not answer.');
    }
    if (outcome.affected === 0) throw WsError.connectionNotFound();
    return outcome;
  }

  private async deliver(send: () => Promise<CommandOutcome>): Promise<Delivery> {
    this.gate.enter();
    try {
      return { delivered: (await send()).affected };
    } finally {
      this.gate.leave();
    }
  }
}

function directFrame(event: Sent, correlationId?: string): Frame {
  const { timestamp, metadataJson } = event;
  const app = metadataJson === undefined ? '' : `,"app":${metadataJson}`;
  return dataFrame(event, `{"timestamp":${timestamp}${app}}`, correlationId);
}

function pushEvent(event: DirectEvent, connections: readonly ClientConnection[]): number {
  const { except } = event;
  return push(
    directFrame(event),
    connections.filter((connection) => !isExcluded(except, connection)),
  );
}
