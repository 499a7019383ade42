import { setImmediate } from 'node:timers/promises';
import type { DynamicModule } from '@nestjs/common';
import { SkreaverWsModule, type SkreaverWsModuleOptions } from '@skreaver/nestjs-ws';
import { subprotocols } from '@skreaver/protocol';
import { PrometheusModule, type PrometheusOptions } from '@willsoto/nestjs-prometheus';
import { Counter, Registry, register } from 'prom-client';
import { afterEach, describe, expect, it } from 'vitest';
import { type TestApp, hostApp } from '../support/host-app.js';

afterEach(() => {
  register.clear();
  register.setDefaultLabels({});
});

/** Default metrics belong to the process, which a second application of it cannot register again. */
const prometheus = (options: PrometheusOptions): DynamicModule =>
  PrometheusModule.register({ ...options, defaultMetrics: { enabled: false } });

const prometheusLater = (options: PrometheusOptions): DynamicModule =>
  PrometheusModule.registerAsync({
    global: options.global ?? false,
    useFactory: () => setImmediate({ ...options, defaultMetrics: { enabled: false } }),
  });

const websockets = (options: SkreaverWsModuleOptions = {}): DynamicModule => SkreaverWsModule.forRoot(options);

async function connectedTo(...imports: DynamicModule[]): Promise<TestApp> {
  const app = await hostApp({ imports });
  await (await app.connect()).settle();
  return app;
}

/** The lines of the application's page of metrics that begin so. */
async function shown({ httpUrl }: TestApp, beginning: string): Promise<readonly string[]> {
  const page = await (await fetch(`${httpUrl}/metrics`)).text();
  return page.split('\n').filter((line) => line.startsWith(beginning));
}

describe('the metrics beside PrometheusModule', () => {
  it.each<[string, () => DynamicModule[]]>([
    ['before', () => [prometheus({ customMetricPrefix: 'shop' }), websockets()]],
    ['after', () => [websockets(), prometheus({ customMetricPrefix: 'shop' })]],
    ['globally', () => [websockets(), prometheus({ customMetricPrefix: 'shop', global: true })]],
    ['globally, by a factory', () => [websockets(), prometheusLater({ customMetricPrefix: 'shop', global: true })]],
    ['in imports of forRoot', () => [websockets({ imports: [prometheus({ customMetricPrefix: 'shop' })] })]],
  ])('have its customMetricPrefix where it is imported %s', async (_where, imports) => {
    const app = await connectedTo(...imports());
    expect(await shown(app, 'shop_websocket_connections_active')).toEqual(['shop_websocket_connections_active 1']);
    expect(await shown(app, 'websocket_')).toEqual([]);
  });

  it('have no prefix beside options of a factory without one', async () => {
    const app = await connectedTo(prometheusLater({}), websockets());
    expect(await shown(app, 'websocket_connections_active')).toEqual(['websocket_connections_active 1']);
  });

  it('refuse a customMetricPrefix that comes too late, and say what to set', async () => {
    await expect(connectedTo(websockets(), prometheusLater({ customMetricPrefix: 'shop' }))).rejects.toThrow(
      /customMetricPrefix "shop".*global: true/,
    );
  });

  it('have its defaultLabels', async () => {
    const app = await connectedTo(prometheus({ defaultLabels: { service: 'shop' } }), websockets());
    const [line] = await shown(app, 'websocket_connections_active');
    expect(line).toBe('websocket_connections_active{service="shop"} 1');
    const [count] = await shown(app, 'websocket_message_handling_seconds_count');
    expect(count).toMatch(/^websocket_message_handling_seconds_count\{(?=.*type="ping")(?=.*service="shop").*\} 1$/);
  });

  it('count connections by encoding beside all of them, and the log names the encoding of each', async () => {
    const app = await connectedTo(prometheus({}), websockets());
    const packed = await app.connect('', { protocols: [subprotocols.msgpack] });
    await packed.settle();
    const counts = (json: number, msgpack: number) => [
      `websocket_connections_by_encoding{encoding="json"} ${json}`,
      `websocket_connections_by_encoding{encoding="msgpack"} ${msgpack}`,
    ];
    expect(await shown(app, 'websocket_connections_by_encoding')).toEqual(counts(1, 1));
    expect(await shown(app, 'websocket_connections_active')).toEqual(['websocket_connections_active 2']);
    expect(app.log.of('connection opened').map(({ encoding }) => encoding)).toEqual(['json', 'msgpack']);
    packed.webSocket.terminate();
    await expect.poll(() => shown(app, 'websocket_connections_by_encoding')).toEqual(counts(1, 0));
  });

  it('are in the default registry, which merges with one of the application', async () => {
    await connectedTo(websockets());
    const own = new Registry();
    new Counter({ name: 'orders_total', help: 'h', registers: [own] }).inc();
    const merged = await Registry.merge([register, own]).metrics();
    expect(merged).toMatch(/^websocket_connections_active 1$/m);
    expect(merged).toMatch(/^orders_total 1$/m);
  });
});

describe('two applications of a process', () => {
  it('share the metrics, which count both', async () => {
    const first = await connectedTo(prometheus({}), websockets());
    await connectedTo(websockets());
    expect(await shown(first, 'websocket_connections_active')).toEqual(['websocket_connections_active 2']);
  });

  it('have metrics of their own where their prefixes differ', async () => {
    const first = await connectedTo(prometheus({ customMetricPrefix: 'one' }), websockets());
    await connectedTo(prometheus({ customMetricPrefix: 'two' }), websockets());
    expect(await shown(first, 'one_websocket_connections_active')).toEqual(['one_websocket_connections_active 1']);
    expect(await shown(first, 'two_websocket_connections_active')).toEqual(['two_websocket_connections_active 1']);
  });
});
