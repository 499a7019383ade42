import { describe, expect, it, vi } from 'vitest';
import { LatchedAuthHandler } from '../../test/support/latched-auth-handler.js';
import { serviceRig } from '../../test/support/service-rig.js';

describe('a node that has missed commands for good', () => {
  class Handler extends LatchedAuthHandler {
    forbidden = '';
    override async checkPermission(_userId: string, channel: string): Promise<boolean> {
      return channel !== this.forbidden;
    }
  }
  const rig = async () => {
    const handler = new Handler();
    const services = serviceRig({}, handler);
    const { connection, socket } = services.connect('ann');
    await services.subscriptions.subscribe(connection.id, ['news', 'team']);
    handler.forbidden = 'team';
    const channels = () => services.subscriptions.subscriptionsOf(connection.id);
    return { ...services, socket, channels };
  };

  it('ends the subscriptions that are not allowed any more, and tells their clients', async () => {
    const { node, channels, socket } = await rig();
    node.restored({ memory: 'kept', commands: 'lost' });
    await vi.waitUntil(() => channels().length === 1, 20_000);
    expect(channels()).toEqual(['news']);
    expect(socket.sent.at(-1)).toMatchObject({ type: 'unsubscribe_response', data: { unsubscribed: ['team'] } });
  });

  it('asks nobody where it has missed none', async () => {
    const { node, channels } = await rig();
    node.restored({ memory: 'lost' });
    await new Promise(setImmediate);
    expect(channels()).toEqual(['news', 'team']);
  });
});
