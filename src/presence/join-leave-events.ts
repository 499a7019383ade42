import { Injectable } from '@nestjs/common';
import { Backplane } from '../backplane/index.js';
import { ChannelOptionsResolver } from '../channel/index.js';
import { memberJson } from './member-json.js';

/**
 * Users of a channel up to which each is told of the others. Everybody hears of everybody: what n users cause grows with
 * n², so a channel with more has no joins and leaves at all, whose members are asked for instead.
 */
const MAX_USERS_TOLD_OF = 1000;

/** Who came or went. */
export interface MemberChange {
  readonly kind: 'join' | 'leave';
  readonly channel: string;
  readonly userId: string;
  readonly infoJson: string | undefined;
}

/** Tells the subscribers who asked for it who comes to a channel and who goes. */
@Injectable()
export class JoinLeaveEvents {
  constructor(
    private readonly backplane: Backplane,
    private readonly options: ChannelOptionsResolver,
  ) {}

  /** Resolves when the event is on its way: the next of the same user must not overtake it. */
  async publish({ kind, channel, userId, infoJson }: MemberChange): Promise<void> {
    if (this.options.of(channel).joinLeave !== true) return;
    const { users } = await this.backplane.presenceStats(channel);
    const withUser = kind === 'join' ? users : users + 1;
    if (withUser > MAX_USERS_TOLD_OF) return;
    await this.backplane.publish({ channel, dataJson: memberJson(userId, infoJson), kind });
  }
}
