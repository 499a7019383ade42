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

/** Sends events outside of channels: to one connection, or to a user on every node. */
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

  /** @throws WsError `INVALID_PARAMS`, `MESSAGE_TOO_LARGE`, `SERVICE_RESTART`; and what the backplane throws */
  async sendToUser(userId: string, data: unknown): Promise<Delivery> {
    const dataJson = eventJson(data);
    const timestamp = Date.now();
    assertFits(dataJson.length, this.config.maxBufferedBytes, () => Frame.text(encodeEvent(dataJson, { timestamp })));
    this.gate.enter();
    try {
      return { delivered: await this.backplane.dispatch({ kind: 'send', userId, dataJson, timestamp }) };
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
