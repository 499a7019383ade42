import 'reflect-metadata';
import { Test } from '@nestjs/testing';
import { WsErrorCode } from '@skreaver/protocol';
import { register } from 'prom-client';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { MetricName } from './metric-names.js';
import { nodeProviders } from '../node/index.js';
import { metricsProviders } from './metrics.providers.js';
import { WsMetrics } from './ws-metrics.js';

const compile = () =>
  Test.createTestingModule({ providers: [...nodeProviders, ...metricsProviders, WsMetrics] }).compile();

async function create(): Promise<WsMetrics> {
  return (await compile()).get(WsMetrics);
}

/** Returns the lines of a metric as Prometheus scrapes them, without those whose value is 0. */
async function scraped(name: string): Promise<string[]> {
  const lines = (await register.metrics()).split('\n');
  return lines.filter((line) => line.startsWith(name) && !line.endsWith(' 0'));
}

beforeEach(() => {
  register.clear();
});
afterEach(() => {
  register.clear();
});

describe('the metrics', () => {
  it('keep the counts of applications that have ended, and no reference to them', async () => {
    const hooks = new Set<unknown>();
    for (let count = 1; count <= 3; count += 1) {
      const app = await compile();
      hooks.add(Reflect.get(register.getSingleMetric(MetricName.MessagesSent) ?? {}, 'collect'));
      app.get(WsMetrics).messagesSent(2);
      await app.close();
      app.get(WsMetrics).messagesSent(100);
      expect(await scraped(MetricName.MessagesSent)).toEqual([`${MetricName.MessagesSent} ${2 * count}`]);
    }
    expect(hooks.size).toBe(1);
  });

  it('are all registered where the application exposes its own', async () => {
    await create();
    const names = (await register.getMetricsAsJSON()).map(({ name }) => name);
    expect(names.toSorted()).toEqual(Object.values(MetricName).toSorted());
  });

  it('count connections as they open and close', async () => {
    const metrics = await create();
    metrics.connectionOpened('json');
    metrics.connectionOpened('json');
    metrics.connectionOpened('msgpack');
    metrics.connectionClosed('json');
    expect(await scraped('websocket_connections_')).toEqual([
      'websocket_connections_total 3',
      'websocket_connections_active 2',
      'websocket_connections_by_encoding{encoding="json"} 1',
      'websocket_connections_by_encoding{encoding="msgpack"} 1',
    ]);
  });

  it('count rejections, slow consumers and errors by their reason', async () => {
    const metrics = await create();
    metrics.connectionFailed('origin');
    metrics.slowConsumer('disconnect');
    metrics.errorAnswered(WsErrorCode.InvalidMessage);
    metrics.protocolViolated();
    metrics.subscriptionFailed(WsErrorCode.PermissionDenied);
    expect(await scraped('websocket_')).toEqual(
      expect.arrayContaining([
        'websocket_connections_failed_total{reason="origin"} 1',
        'websocket_slow_consumers_total{policy="disconnect"} 1',
        'websocket_errors_total{type="INVALID_MESSAGE"} 1',
        'websocket_errors_total{type="PROTOCOL_VIOLATION"} 1',
        'websocket_subscriptions_failed_total{reason="PERMISSION_DENIED"} 1',
      ]),
    );
  });

  it('count messages and deliveries', async () => {
    const metrics = await create();
    metrics.messagesSent(3);
    metrics.messageReceived();
    metrics.broadcast(7, 0.002);
    metrics.messageHandled('ping', 0.003);
    expect(await scraped('websocket_')).toEqual(
      expect.arrayContaining([
        'websocket_messages_sent_total 3',
        'websocket_messages_received_total 1',
        'websocket_broadcast_delivered_total 7',
        'websocket_fanout_seconds_sum 0.002',
        'websocket_message_handling_seconds_sum{type="ping"} 0.003',
      ]),
    );
  });

  it('count a channel while it has subscribers', async () => {
    const metrics = await create();
    metrics.subscribed(true);
    metrics.subscribed(false);
    expect(await scraped('websocket_subscriptions_active')).toEqual(['websocket_subscriptions_active 2']);
    expect(await scraped('websocket_channels_active')).toEqual(['websocket_channels_active 1']);
    metrics.unsubscribed(false);
    metrics.unsubscribed(true);
    expect(await scraped('websocket_subscriptions_active')).toEqual([]);
    expect(await scraped('websocket_channels_active')).toEqual([]);
  });
});
