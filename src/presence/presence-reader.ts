import { Inject, Injectable } from '@nestjs/common';
import { readJson } from '@skreaver/protocol';
import { Backplane, type Member, type PresenceStats } from '../backplane/index.js';
import { type Asker, ChannelOptionsResolver } from '../channel/index.js';
import { type ResolvedConfig, SkreaverWsConfig } from '../config/index.js';
import { RawJson, fittingJson, responseCapacity } from '../delivery/index.js';

/** A user in a channel, with all its connections. */
export interface PresentMember {
  readonly userId: string;
  /**
   * The number of subscribed connections. 0 while the user is disconnected but still a member, for up to
   * `presenceLeaveDelay`.
   */
  readonly connections: number;
  /** `Identity.info` of the newest connection. */
  readonly info?: unknown;
}

export interface ChannelPresence {
  readonly members: readonly PresentMember[];
  /** Set if the channel has more members than the list. */
  readonly truncated?: true;
}

const MAX_MEMBERS = 1000;

/** Reads the members of a channel (PROTOCOL §5, `presence` and `presence_stats`). */
@Injectable()
export class PresenceReader {
  constructor(
    @Inject(SkreaverWsConfig) private readonly config: ResolvedConfig,
    private readonly backplane: Backplane,
    private readonly options: ChannelOptionsResolver,
  ) {}

  /**
   * Returns at most 1,000 members, and fewer if they do not fit into one message.
   * @throws WsError `INVALID_CHANNEL`, `INVALID_PARAMS` (the channel has no `presence`); and what the backplane throws
   */
  async members(channel: string): Promise<ChannelPresence> {
    this.options.assertEnabled('presence', channel, 'application');
    const { found, listed } = await this.list(channel);
    const members = found.slice(0, listed.length).map(present);
    return listed.length < found.length ? { members, truncated: true } : { members };
  }

  /**
   * Returns the same as {@link members}, as JSON for a client.
   * @throws as {@link members}
   */
  async membersForClient(channel: string): Promise<RawJson> {
    this.options.assertEnabled('presence', channel, 'client');
    const { found, listed } = await this.list(channel);
    const rest = listed.length < found.length ? ',"truncated":true' : '';
    return RawJson.checked(`{"members":[${listed.join(',')}]${rest}}`);
  }

  /** @throws as {@link members} */
  async stats(channel: string, asker: Asker = 'application'): Promise<PresenceStats> {
    this.options.assertEnabled('presence', channel, asker);
    const { connections, users } = await this.backplane.presenceStats(channel);
    return { connections, users };
  }

  /**
   * Reads the members, and serializes those that fit into a response. `found` has one member more than `MAX_MEMBERS` if
   * the list is truncated there.
   */
  private async list(
    channel: string,
  ): Promise<{ readonly found: readonly Member[]; readonly listed: readonly string[] }> {
    const found = await this.backplane.members(channel, MAX_MEMBERS + 1);
    const room = responseCapacity(this.config.maxBufferedBytes);
    return { found, listed: fittingJson(found.slice(0, MAX_MEMBERS), room, wireJson) };
  }
}

function wireJson({ userId, connections, infoJson }: Member): string {
  const user = `{"user_id":${JSON.stringify(userId)},"connections":${connections}`;
  return infoJson === undefined ? `${user}}` : `${user},"info":${infoJson}}`;
}

function present({ userId, connections, infoJson }: Member): PresentMember {
  return infoJson === undefined ? { userId, connections } : { userId, connections, info: readJson(infoJson) };
}
