import { describe, expect, it } from 'vitest';
import { serviceRig } from '../../../test/support/service-rig.js';
import { resolveConfig } from '../../config/index.js';
import { StatsRequests } from './stats-requests.js';

const requestsOf = async (clientStats: boolean): Promise<StatsRequests> => {
  const { registry, connect, subscriptions } = serviceRig();
  const { connection } = connect('alice');
  await subscriptions.subscribe(connection.id, ['a']);
  return new StatsRequests(resolveConfig({ clientStats }), registry);
};

describe('get_stats', () => {
  it('returns the figures of the server with clientStats', async () => {
    expect((await requestsOf(true)).getStats()).toEqual({
      active_connections: 1,
      total_connections: 1,
      peak_connections: 1,
      authenticated_connections: 1,
      messages_sent: 0,
      messages_received: 0,
      channels: 1,
    });
  });

  it('is no method for clients without clientStats', async () => {
    const requests = await requestsOf(false);
    expect(() => requests.getStats()).toThrow(expect.objectContaining({ code: 'METHOD_NOT_FOUND' }));
  });
});
