import { Buffer } from 'node:buffer';
import { Inject, Injectable } from '@nestjs/common';
import { WsErrorCode, decode, encodeEvent, isChannelName, protocolLimits } from '@skreaver/protocol';
import { Backplane, type Member, type PresenceStats } from '../backplane/index.js';
import { ChannelOptionsResolver } from '../channel/index.js';
import { SKREAVER_WS_CONFIG, type ResolvedConfig } from '../config/index.js';
import { WsError } from '../connection/index.js';

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
/** What a member takes in a response beside the user's id and the info. */
const MEMBER_BYTES = 64;
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
    this.refuseWithoutPresence(channel);
    const found = await this.backplane.members(channel, MAX_MEMBERS + 1);
    const listed = this.fitting(found.slice(0, MAX_MEMBERS));
    const members = withInfo(listed);
    return listed.length < found.length ? { members, truncated: true } : { members };
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

  private fitting(members: readonly Member[]): readonly Member[] {
    let bytes = this.config.maxBufferedBytes - RESPONSE_BYTES;
    const tooMany = members.findIndex((member) => {
      bytes -= bytesOf(member);
      return bytes < 0;
    });
    return tooMany < 0 ? members : members.slice(0, tooMany);
  }
}

function bytesOf({ userId, infoJson = '' }: Member): number {
  return Buffer.byteLength(JSON.stringify(userId)) + Buffer.byteLength(infoJson) + MEMBER_BYTES;
}

function withInfo(members: readonly Member[]): PresentMember[] {
  const infos = parseAll(members.map(({ infoJson }) => infoJson ?? 'null'));
  return members.map(({ userId, connections, infoJson }, at) => {
    return infoJson === undefined ? { userId, connections } : { userId, connections, info: infos[at] };
  });
}

/** The protocol alone reads JSON, in messages: here it is one that carries them all. */
function parseAll(jsons: readonly string[]): readonly unknown[] {
  const decoded = decode(encodeEvent(`[${jsons.join(',')}]`, { timestamp: 0 }), 'server');
  if (decoded.ok && decoded.message.type === 'event') return decoded.message.data as readonly unknown[];
  throw new TypeError('The info of a member is not JSON.');
}
