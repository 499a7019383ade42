import { Injectable } from '@nestjs/common';
import { Permissions } from '../auth/index.js';
import { type Connection, WsError } from '../connection/index.js';
import type { RawJson } from '../delivery/index.js';
import { PresenceReader } from '../presence/index.js';
import { presenceParams } from './channel-params.js';
import { LargeAnswers } from './large-answers.js';
import type { RunningRequest } from './running-request.js';
import { WsRequest } from './ws-request.decorator.js';

/** The requests that tell who is in a channel (protocol §5). */
@Injectable()
export class PresenceRequests {
  constructor(
    private readonly permissions: Permissions,
    private readonly reader: PresenceReader,
    private readonly answers: LargeAnswers,
  ) {}

  @WsRequest('presence')
  async presence(connection: Connection, params: unknown, own: RunningRequest): Promise<RawJson | undefined> {
    const channel = presenceParams(params);
    return this.readFor(connection, channel, () =>
      this.answers.inTurn(own, () => this.reader.membersForClient(channel)),
    );
  }

  @WsRequest('presence_stats')
  async presenceStats(
    connection: Connection,
    params: unknown,
  ): Promise<{ readonly connections: number; readonly users: number }> {
    const channel = presenceParams(params);
    return this.readFor(connection, channel, () => this.reader.stats(channel));
  }

  private async readFor<T>(connection: Connection, channel: string, read: () => Promise<T>): Promise<T> {
    const { generation } = connection;
    const refusal = await this.permissions.refusal(connection, channel, 'presence');
    if (connection.generation !== generation) throw WsError.permissionDenied(channel);
    if (refusal !== undefined) throw refusal;
    const found = await read();
    // What one user may know is not for the next one of the connection.
    if (connection.generation !== generation) throw WsError.permissionDenied(channel);
    return found;
  }
}
