import { BackplaneUnavailableError, type ShutdownService, type SubscriptionService } from '@skreaver/nestjs-ws';
import { describe, expect, it } from 'vitest';
import { PublishController } from './publish.controller.js';

const published = { delivered: 1 };

describe('a batch while the engine of the backplane is away', () => {
  it('has for each publication what became of it', async () => {
    const subscriptions = {
      broadcastMany: async () => [
        published,
        { error: new BackplaneUnavailableError('unknown', 'Connection to db7 lost.') },
      ],
    };
    const controller = new PublishController(
      subscriptions as unknown as SubscriptionService,
      { isDraining: false } as ShutdownService,
    );
    const messages = ['a', 'b'].map((channel) => ({ channel, data: 1 }));
    expect(await controller.publish(Buffer.from(JSON.stringify({ messages })))).toEqual({
      results: [
        published,
        { error: { code: 'UNAVAILABLE', message: expect.not.stringContaining('db7'), outcome: 'unknown' } },
      ],
    });
  });
});
