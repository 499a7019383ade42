import { Injectable } from '@nestjs/common';
import { SubscriptionService, WsError, WsErrorCode } from '@skreaver/nestjs-ws';
import { APPROVER } from './people.js';

export type Decision = 'approved' | 'denied' | 'no answer in time' | 'left without an answer' | 'nobody there';

/** Errors of `ask` without an answer, and the decision that follows from each. */
const NO_ANSWER: ReadonlyMap<WsErrorCode, Decision> = new Map([
  [WsErrorCode.RequestTimeout, 'no answer in time'],
  [WsErrorCode.ConnectionClosed, 'left without an answer'],
  [WsErrorCode.ConnectionNotFound, 'nobody there'],
]);

@Injectable()
export class Approvals {
  constructor(private readonly subscriptions: SubscriptionService) {}

  /**
   * Asks the approver on all open pages; the first answer counts.
   * @param timeout milliseconds to wait for an answer
   */
  async decide(question: object, timeout: number): Promise<Decision> {
    try {
      const answer = await this.subscriptions.ask({ user: APPROVER }, question, { timeout });
      return isApproval(answer) ? 'approved' : 'denied';
    } catch (error) {
      const decision = error instanceof WsError ? NO_ANSWER.get(error.code) : undefined;
      if (decision === undefined) throw error;
      return decision;
    }
  }
}

/** Answers come from clients and can be any JSON. Only an explicit yes is an approval. */
function isApproval(answer: unknown): boolean {
  return typeof answer === 'object' && answer !== null && 'approved' in answer && answer.approved === true;
}
