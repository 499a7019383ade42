import { Injectable } from '@nestjs/common';
import { SubscriptionService } from '@skreaver/nestjs-ws';

/** The channel in which the agent reports its activity. The page names it too. */
export const ACTIVITY = 'agent:activity';

/** One line of the activity. A deployment with a line that `isOver` has no open question any more. */
interface ActivityLine {
  readonly deployment: string;
  readonly text: string;
  readonly isOver: boolean;
}

@Injectable()
export class Activity {
  constructor(private readonly subscriptions: SubscriptionService) {}

  async tell(line: ActivityLine): Promise<void> {
    await this.subscriptions.broadcast(ACTIVITY, line);
  }
}
