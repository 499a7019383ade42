import { RequestSignal, type SubscriptionService, WsRequest } from '../../src/index.js';

export class Methods {
  @WsRequest('stream', { outlivesConnection: true })
  async *stream(@RequestSignal() signal: AbortSignal): AsyncGenerator<number> {
    if (!signal.aborted) yield 1;
  }

  @WsRequest() // must not compile: TS2554
  nameless(): void {}

  @WsRequest('a', { outlivesConnection: 'yes' }) // must not compile: TS2322
  wrongOption(): void {}

  @WsRequest('b', { outlives: true }) // must not compile: TS2353
  unknownOption(): void {}
}

export async function ask(service: SubscriptionService): Promise<void> {
  const answers: unknown[] = [
    await service.ask('c1', 1),
    await service.ask({ connection: 'c1' }, 1, { timeout: 100 }),
    await service.ask({ user: 'alice' }, 1),
  ];
  const { delivered }: { delivered: number } = await service.sendToConnection('c1', 1);
  answers.push(delivered);
  await service.ask({ user: 'alice', connection: 'c1' }, 1); // must not compile: TS2322
  await service.ask({}, 1); // must not compile: TS2345
  await service.ask('c1', 1, { timeout: '1s' }); // must not compile: TS2322
  await service.sendToConnection('c1', 1, { ask: {} }); // must not compile: TS2554
}
