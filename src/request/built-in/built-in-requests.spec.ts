import { ApplicationConfig } from '@nestjs/core';
import { describe, expect, it } from 'vitest';
import { serviceRig } from '../../../test/support/service-rig.js';
import { AuthHandler } from '../../auth/index.js';
import { BuiltInRequests } from './built-in-requests.js';
import { LargeResponses } from './large-responses.js';

class Handler extends AuthHandler {
  answer = (): boolean | Promise<boolean> => true;
  override authenticate(): string {
    return 'alice';
  }
  override checkPermission(_userId: string, _channel: string, action: string): boolean | Promise<boolean> {
    return action === 'publish' ? this.answer() : true;
  }
}

const builtIn = () => {
  const handler = new Handler();
  const rig = serviceRig({ channels: { open: { clientPublish: true } } }, handler);
  const running = rig.requests;
  const { subscriptions, channelOptions, publisher, permissions, history } = rig;
  const requests = new BuiltInRequests(
    subscriptions,
    channelOptions,
    publisher,
    permissions,
    history,
    running,
    new ApplicationConfig(),
    new LargeResponses(rig.throttler, rig.wheel),
  );
  return { ...rig, ...rig.connect('alice'), handler, requests };
};

describe('publish', () => {
  it('publishes if the channel and the handler allow it', async () => {
    const { requests, connection, subscriptions, socket } = builtIn();
    await subscriptions.subscribe(connection.id, ['open']);
    expect(await requests.publish(connection, { channel: 'open', data: 1 })).toEqual({ delivered: 1 });
    expect(socket.frames).toHaveLength(1);
  });

  it('is rejected without clientPublish, and when the handler denies it', async () => {
    const { requests, connection, handler } = builtIn();
    await expect(requests.publish(connection, { channel: 'shut', data: 1 })).rejects.toMatchObject({
      code: 'PERMISSION_DENIED',
    });
    handler.answer = () => false;
    await expect(requests.publish(connection, { channel: 'open', data: 1 })).rejects.toMatchObject({
      code: 'PERMISSION_DENIED',
    });
  });

  it('publishes nothing if the user changed or the connection closed during the permission check', async () => {
    for (const change of ['user', 'close'] as const) {
      const { requests, connection, handler, table, subscriptions, connect } = builtIn();
      const listener = connect('bob');
      await subscriptions.subscribe(listener.connection.id, ['open']);
      handler.answer = async () => {
        if (change === 'close') table.remove(connection);
        else table.identify(connection, { userId: 'mallory' });
        return true;
      };
      await expect(requests.publish(connection, { channel: 'open', data: 1 })).rejects.toMatchObject({
        code: 'PERMISSION_DENIED',
      });
      expect(listener.socket.frames).toEqual([]);
    }
  });

  it.each([undefined, null, 'open', [], {}, { channel: 'open' }, { channel: 7, data: 1 }, { data: 1 }])(
    'rejects params %j',
    async (params) => {
      const { requests, connection } = builtIn();
      await expect(requests.publish(connection, params)).rejects.toMatchObject({ code: 'INVALID_PARAMS' });
    },
  );

  it('rejects an invalid channel name, and echoes no more of it than the longest valid name', async () => {
    const { requests, connection } = builtIn();
    await expect(requests.publish(connection, { channel: '!'.repeat(1000), data: 1 })).rejects.toMatchObject({
      code: 'INVALID_CHANNEL',
      details: { channel: '!'.repeat(255) },
    });
  });
});

describe('the other built-in requests', () => {
  it('return the time and the channels of the connection', async () => {
    const { requests, connection, subscriptions } = builtIn();
    await subscriptions.subscribe(connection.id, ['a']);
    expect(requests.ping().timestamp).toBeCloseTo(Date.now(), -4);
    expect(requests.ownSubscriptions(connection)).toEqual({ channels: ['a'] });
  });
});
