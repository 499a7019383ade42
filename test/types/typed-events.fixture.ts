import type { ChannelHistory, Delivery, SubscriptionService } from '../../src/index.js';

interface Price {
  readonly price: number;
}

export async function typed(service: SubscriptionService): Promise<readonly number[]> {
  const delivery: Delivery = await service.broadcast<Price>('prices', { price: 1 });
  const approved: boolean = await service.ask<Price, boolean>({ user: 'alice' }, { price: delivery.delivered });
  const history: ChannelHistory<Price> = await service.history<Price>('prices', { limit: approved ? 1 : 2 });
  return history.events.map(({ data }) => data.price);
}

export async function untyped(service: SubscriptionService): Promise<unknown[]> {
  await service.broadcast('prices', { anything: [1, 'a', undefined] });
  const answer: unknown = await service.ask('c1', { question: 1 });
  const past: ChannelHistory = await service.history('prices');
  return [answer, ...past.events.map(({ data }) => data)];
}

export async function wrong(service: SubscriptionService): Promise<void> {
  await service.broadcast<Price>('prices', { price: '1' }); // must not compile: TS2322
  await service.ask<Price, boolean>('c1', 1); // must not compile: TS2345
  const guessed: number = await service.ask('c1', 1); // must not compile: TS2322
  const { events } = await service.history('prices');
  const price: Price | undefined = events[0]?.data; // must not compile: TS2322
  const whole: ChannelHistory<Price> = await service.history('prices'); // must not compile: TS2322
  void [guessed, price, whole];
}
