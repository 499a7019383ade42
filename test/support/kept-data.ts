import type { SubscriptionService } from '../../src/index.js';

/** The data of all events that a channel keeps, in their order. */
export async function keptData(subscriptions: SubscriptionService, channel: string): Promise<unknown[]> {
  const kept: unknown[] = [];
  for (let since = { epoch: '', offset: 0 }, goesOn = true; goesOn;) {
    const page = await subscriptions.history(channel, { ...(kept.length > 0 && { since }), limit: 1_000 });
    kept.push(...page.events.map(({ data }) => data));
    since = { epoch: page.epoch, offset: page.events.at(-1)?.metadata.offset ?? 0 };
    goesOn = page.events.length > 0;
  }
  return kept;
}
