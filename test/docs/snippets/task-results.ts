// As in docs/guide, word for word but for the `export`.
import { Injectable } from '@nestjs/common';
import { SubscriptionService } from '@skreaver/nestjs-ws';

@Injectable()
export class TaskResults {
  constructor(private readonly subscriptions: SubscriptionService) {}

  async publish(task: { id: string; result: unknown }) {
    // A second call answers `duplicate: true` and the position of the first; nobody gets the event again.
    return this.subscriptions.broadcast('agent:results', task, { idempotencyKey: task.id });
  }
}
