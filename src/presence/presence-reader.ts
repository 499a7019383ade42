import { Buffer } from 'node:buffer';
import { Inject, Injectable } from '@nestjs/common';
import { WsErrorCode, isChannelName, protocolLimits, readJson } from '@skreaver/protocol';
import { Backplane, type Member, type PresenceStats } from '../backplane/index.js';
import { ChannelOptionsResolver } from '../channel/index.js';
import { SKREAVER_WS_CONFIG, type ResolvedConfig } from '../config/index.js';
import { WsError } from '../connection/index.js';
import { RawJson } from '../delivery/index.js';

/** A user in a channel, with all connections. */
export interface PresentMember {
  readonly userId: string;
  /** Subscribed connections. 0 for one who is away for less than `presenceLeaveDelay`, which counts as no leave. */
  readonly connections: number;
  /** `Identity.info` of the connection that came last. */
  readonly info?: unknown;
}

export interface ChannelPresence {
  readonly members: readonly PresentMember[];
  /** There are more than these. */
  readonly truncated?: true;
}

const MAX_MEMBERS = 1000;
/** What a response takes around the members: its correlation id has six bytes for each character at most. */
const RESPONSE_BYTES = 1024 + 6 * protocolLimits.maxCorrelationIdLength;

/** Reads who is in a channel (protocol §5, `presence` and `presence_stats`). */
@Injectable()
export class PresenceReader {
  constructor(
    @Inject(SKREAVER_WS_CONFIG) private readonly config: ResolvedConfig,
    private readonly backplane: Backplane,
    private readonly options: ChannelOptionsResolver,
  ) {}

  /**
   * At most 1,000 members, fewer when they do not fit into one message.
   * @throws WsError `INVALID_CHANNEL`, `INVALID_PARAMS` (the channel has no `presence`); and what the backplane throws
   */
  async members(channel: string): Promise<ChannelPresence> {
    const { members: listed, isTruncated } = await this.list(channel);
    const members = listed.map(({ member }) => present(member));
    return isTruncated ? { members, truncated: true } : { members };
  }

  /** The same as JSON for a client. @throws as {@link members} */
  async membersForClient(channel: string): Promise<RawJson> {
    const { members, isTruncated } = await this.list(channel);
    const texts = members.map(({ json }) => json).join(',');
    return RawJson.checked(`{"members":[${texts}]${isTruncated ? ',"truncated":true' : ''}}`);
  }

  /** @throws as {@link members} */
  async stats(channel: string): Promise<PresenceStats> {
    this.refuseWithoutPresence(channel);
    const { connections, users } = await this.backplane.presenceStats(channel);
    return { connections, users };
  }

  private refuseWithoutPresence(channel: string): void {
    if (!isChannelName(channel)) throw WsError.invalidChannel(channel);
    if (this.options.of(channel).presence === true) return;
    throw new WsError(WsErrorCode.InvalidParams, 'This channel does not know its members.', { channel });
  }

  private async list(channel: string): Promise<{ readonly members: readonly Listed[]; readonly isTruncated: boolean }> {
    this.refuseWithoutPresence(channel);
    const found = await this.backplane.members(channel, MAX_MEMBERS + 1);
    const members = this.fitting(found.slice(0, MAX_MEMBERS));
    return { members, isTruncated: members.length < found.length };
  }

  /** The beginning of the members that fits. */
  private fitting(members: readonly Member[]): Listed[] {
    const listed: Listed[] = [];
    let bytes = this.config.maxBufferedBytes - RESPONSE_BYTES;
    for (const member of members) {
      const json = wireJson(member);
      bytes -= Buffer.byteLength(json) + 1;
      if (bytes < 0) break;
      listed.push({ member, json });
    }
    return listed;
  }
}

/** A member, and as a client gets it. */
interface Listed {
  readonly member: Member;
  readonly json: string;
}

function wireJson({ userId, connections, infoJson }: Member): string {
  const user = `{"user_id":${JSON.stringify(userId)},"connections":${connections}`;
  return infoJson === undefined ? `${user}}` : `${user},"info":${infoJson}}`;
}

function present({ userId, connections, infoJson }: Member): PresentMember {
  return infoJson === undefined ? { userId, connections } : { userId, connections, info: readJson(infoJson) };
}
