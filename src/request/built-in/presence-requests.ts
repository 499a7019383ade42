import { Injectable } from '@nestjs/common';
import { Permissions } from '../../auth/index.js';
import type { ClientConnection } from '../../connection/index.js';
import type { RawJson } from '../../delivery/index.js';
import { PresenceReader } from '../../presence/index.js';
import { BuiltInRequest } from '../dispatch/ws-request.decorator.js';
import type { RunningRequest } from '../run/running-request.js';
import { LargeResponses } from './large-responses.js';
import { presenceSchema } from './params-schemas.js';
import { presenceParams } from './request-params.js';

/** The requests for the members of a channel (PROTOCOL §5). */
@Injectable()
export class PresenceRequests {
  constructor(
    private readonly permissions: Permissions,
    private readonly reader: PresenceReader,
    private readonly answers: LargeResponses,
  ) {}

  @BuiltInRequest('presence', presenceSchema)
  async presence(connection: ClientConnection, params: unknown, own: RunningRequest): Promise<RawJson | undefined> {
    const channel = presenceParams(params);
    return this.permissions.read(connection, channel, 'presence', () =>
      this.answers.inTurn(own, () => this.reader.membersForClient(channel)),
    );
  }

  @BuiltInRequest('presence_stats', presenceSchema)
  async presenceStats(
    connection: ClientConnection,
    params: unknown,
  ): Promise<{ readonly connections: number; readonly users: number }> {
    const channel = presenceParams(params);
    return this.permissions.read(connection, channel, 'presence', () => this.reader.stats(channel, 'client'));
  }
}
