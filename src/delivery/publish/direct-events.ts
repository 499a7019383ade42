import { Inject, Injectable } from '@nestjs/common';
import { encodeEvent } from '@skreaver/protocol';
import { Backplane, type NodeCommand } from '../../backplane/index.js';
import { SKREAVER_WS_CONFIG, type ResolvedConfig } from '../../config/index.js';
import { type ClientConnection, ConnectionTable } from '../../connection/index.js';
import { Frame } from '../../transport/index.js';
import { eventJson } from '../event/event-json.js';
import { assertFits } from '../event/event-size.js';
import type { Delivery } from './delivery.js';
import { PublishGate } from './publish-gate.js';
import { push } from './push.js';

type SendCommand = Extract<NodeCommand, { kind: 'send' }>;
type SendAllCommand = Extract<NodeCommand, { kind: 'sendAll' }>;

/** Sends events outside of channels: to one connection, or on every node to a user or to all. */
@Injectable()
export class DirectEvents {
  constructor(
    @Inject(SKREAVER_WS_CONFIG) private readonly config: ResolvedConfig,
    private readonly backplane: Backplane,
    private readonly gate: PublishGate,
    private readonly connections: ConnectionTable,
  ) {}

  /** Sends an event to the user's connections on this node. */
  sendHere({ userId, dataJson, timestamp }: SendCommand): number {
    return push(Frame.text(encodeEvent(dataJson, { timestamp })), this.connections.ofUser(userId));
  }

  /** Sends an event to this node's connections that have a user. */
  sendAllHere({ dataJson, timestamp }: SendAllCommand): number {
    const connections = this.connections.list().filter(({ userId }) => userId !== undefined);
    return push(Frame.text(encodeEvent(dataJson, { timestamp })), connections);
  }

  /** @throws WsError `INVALID_PARAMS`, `MESSAGE_TOO_LARGE`, `SERVICE_RESTART`; and what the backplane throws */
  async sendToUser(userId: string, data: unknown): Promise<Delivery> {
    return this.dispatch({ kind: 'send', userId, ...this.content(data) });
  }

  /** @throws as {@link sendToUser} */
  async sendToAll(data: unknown): Promise<Delivery> {
    return this.dispatch({ kind: 'sendAll', ...this.content(data) });
  }

  private content(data: unknown): { readonly dataJson: string; readonly timestamp: number } {
    const dataJson = eventJson(data);
    const timestamp = Date.now();
    assertFits(dataJson.length, this.config.maxBufferedBytes, () => Frame.text(encodeEvent(dataJson, { timestamp })));
    return { dataJson, timestamp };
  }

  private async dispatch(command: SendCommand | SendAllCommand): Promise<Delivery> {
    this.gate.enter();
    try {
      return { delivered: await this.backplane.dispatch(command) };
    } finally {
      this.gate.leave();
    }
  }

  /** @throws WsError `INVALID_PARAMS`, `MESSAGE_TOO_LARGE` */
  sendTo(connection: ClientConnection, data: unknown, correlationId?: string): Delivery {
    const dataJson = eventJson(data);
    const frame = Frame.text(encodeEvent(dataJson, { timestamp: Date.now() }, correlationId));
    assertFits(dataJson.length, this.config.maxBufferedBytes, () => frame);
    return { delivered: push(frame, [connection]) };
  }
}
