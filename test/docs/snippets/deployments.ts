// As in docs/guide, word for word but for the `export`.
import { Injectable } from '@nestjs/common';
import { SubscriptionService, WsError } from '@skreaver/nestjs-ws';

@Injectable()
export class Deployments {
  constructor(private readonly subscriptions: SubscriptionService) {}

  async isApproved(timeout = 60_000) {
    try {
      const answer = await this.subscriptions.ask({ user: 'alice' }, { question: 'Deploy?' }, { timeout });
      return (answer as { approved?: unknown } | null)?.approved === true; // it comes from a client: check it
    } catch (error) {
      // REQUEST_TIMEOUT: no answer in time; CONNECTION_CLOSED: she left; CONNECTION_NOT_FOUND: she was not here
      if (error instanceof WsError) return false;
      throw error;
    }
  }
}
