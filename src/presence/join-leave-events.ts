import { Injectable } from '@nestjs/common';
import { Backplane } from '../backplane/index.js';
import { ChannelOptionsResolver } from '../channel/index.js';
import { memberJson } from './member-json.js';

/**
 * Maximum number of users in a channel with join and leave events. Each change is sent to all the others, so the
 * traffic of n users grows with n². In a larger channel no such events are sent; clients request the members instead.
 */
const MAX_USERS_TOLD_OF = 1000;

/** A user that joined or left. */
export interface MemberChange {
  readonly kind: 'join' | 'leave';
  readonly channel: string;
  readonly userId: string;
  readonly infoJson: string | undefined;
}

/** Publishes joins and leaves of a channel to the subscribers that asked for them. */
@Injectable()
export class JoinLeaveEvents {
  constructor(
    private readonly backplane: Backplane,
    private readonly options: ChannelOptionsResolver,
  ) {}

  /**
   * Resolves when the event was published. Callers await it, so that the next event of the same user cannot overtake
   * it.
   */
  async publish({ kind, channel, userId, infoJson }: MemberChange): Promise<void> {
    if (this.options.of(channel).joinLeave !== true) return;
    const { users } = await this.backplane.presenceStats(channel);
    const withUser = kind === 'join' ? users : users + 1;
    if (withUser > MAX_USERS_TOLD_OF) return;
    await this.backplane.publish({ channel, dataJson: memberJson(userId, infoJson), kind });
  }
}
