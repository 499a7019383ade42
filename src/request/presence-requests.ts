import { Injectable } from '@nestjs/common';
import { Permissions } from '../auth/index.js';
import { type Connection, WsError } from '../connection/index.js';
import { PresenceReader, type PresentMember } from '../presence/index.js';
import { presenceParams } from './channel-params.js';
import { WsRequest } from './ws-request.decorator.js';

interface WireMember {
  readonly user_id: string;
  readonly connections: number;
  readonly info?: unknown;
}

/** The requests that tell who is in a channel (protocol §5). */
@Injectable()
export class PresenceRequests {
  constructor(
    private readonly permissions: Permissions,
    private readonly reader: PresenceReader,
  ) {}

  @WsRequest('presence')
  async presence(
    connection: Connection,
    params: unknown,
  ): Promise<{ readonly members: readonly WireMember[]; readonly truncated?: true }> {
    const channel = presenceParams(params);
    const { members, ...rest } = await this.readFor(connection, channel, () => this.reader.members(channel));
    return { members: members.map(toWire), ...rest };
  }

  @WsRequest('presence_stats')
  async presenceStats(
    connection: Connection,
    params: unknown,
  ): Promise<{ readonly connections: number; readonly users: number }> {
    const channel = presenceParams(params);
    return this.readFor(connection, channel, () => this.reader.stats(channel));
  }

  private async readFor<T extends object>(connection: Connection, channel: string, read: () => Promise<T>): Promise<T> {
    const { generation } = connection;
    const isAllowed = await this.permissions.allows(connection, channel, 'presence');
    const found = isAllowed && connection.generation === generation ? await read() : undefined;
    // What one user may know is not for the next one of the connection.
    if (found === undefined || connection.generation !== generation) throw WsError.permissionDenied(channel);
    return found;
  }
}

function toWire({ userId: user_id, connections, info }: PresentMember): WireMember {
  return info === undefined ? { user_id, connections } : { user_id, connections, info };
}
