import { Injectable } from '@nestjs/common';
import { SubscriptionService } from '@skreaver/nestjs-ws';

/** The channel in which the agent reports its activity. The page names it too. */
export const ACTIVITY = 'agent:activity';

/** One line of the activity. */
interface ActivityLine {
  readonly deployment: string;
  readonly text: string;
}

@Injectable()
export class Activity {
  constructor(private readonly subscriptions: SubscriptionService) {}

  async tell(line: ActivityLine): Promise<void> {
    await this.subscriptions.broadcast(ACTIVITY, line);
  }
}
