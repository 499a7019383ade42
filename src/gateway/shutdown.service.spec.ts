import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { serviceRig } from '../../test/support/service-rig.js';
import type { UpgradeHandler } from '../transport/index.js';
import { ShutdownService } from './shutdown.service.js';

const shutdownOf = (connections: number, stubborn = 0) => {
  const rig = serviceRig({ maxConnections: 5000, shutdownTimeout: 1000 });
  const clients = Array.from({ length: connections }, (_, at) => rig.connect(`user-${at}`));
  const order: string[] = [];
  const upgrades = {
    drain: () => order.push('drain'),
    close: () => order.push('close'),
    get size() {
      return stubborn + clients.filter(({ socket }) => socket.isOpen).length;
    },
    whenEmpty: () => (upgrades.size === 0 ? Promise.resolve() : new Promise<void>(() => {})),
  };
  const service = new ShutdownService(
    rig.config,
    rig.table,
    upgrades as unknown as UpgradeHandler,
    rig.gate,
    rig.presence,
    rig.wheel,
    rig.hooks,
    rig.log,
  );
  return { ...rig, clients, order, service };
};

describe('ShutdownService', () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  const finish = async (service: ShutdownService, within: number) => {
    const done = vi.fn<() => void>();
    void service.beforeApplicationShutdown().then(done);
    await vi.advanceTimersByTimeAsync(within);
    return done;
  };

  it('drains from the start of the shutdown, and accepts no connection before it says goodbye', async () => {
    const { service, clients, order } = shutdownOf(1);
    expect(service.isDraining).toBe(false);
    clients[0]?.socket.onEnd(1012);
    const done = service.beforeApplicationShutdown();
    expect(service.isDraining).toBe(true);
    expect(order).toEqual(['drain']);
    await vi.advanceTimersByTimeAsync(1100);
    await done;
    expect(order).toEqual(['drain', 'close']);
  });

  it('closes all connections with 1012 and a retry time that is spread over all of them', async () => {
    const { service, clients } = shutdownOf(1200);
    const done = await finish(service, 0);
    await vi.waitUntil(() => done.mock.calls.length > 0, 20_000);
    const hints = clients.map(({ socket }) => socket.closes[0]?.retryAfterMs ?? Number.NaN);
    expect(clients.every(({ socket }) => socket.closes[0]?.code === 1012)).toBe(true);
    expect(Math.min(...hints)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...hints)).toBeLessThanOrEqual(2400);
    for (let part = 0; part < 4; part += 1) {
      const inPart = hints.filter((hint) => hint >= part * 600 && hint <= (part + 1) * 600).length;
      expect(inPart).toBeGreaterThan(200);
    }
  });

  it('ends at once without connections', async () => {
    const { service, order } = shutdownOf(0);
    expect(await finish(service, 0)).toHaveBeenCalled();
    expect(order).toEqual(['drain', 'close']);
  });

  it('terminates at shutdownTimeout the connections that are left, and not before', async () => {
    const { service, order } = shutdownOf(1, 1);
    const done = await finish(service, 990);
    expect(done).not.toHaveBeenCalled();
    expect(order).toEqual(['drain']);
    await vi.advanceTimersByTimeAsync(110);
    expect(done).toHaveBeenCalled();
    expect(order).toEqual(['drain', 'close']);
  });

  it('lets members leave once no connection is accepted, and waits for that up to shutdownTimeout', async () => {
    const { service, presence } = shutdownOf(0);
    let left = (): void => {};
    presence.leave = () => new Promise((resolve) => (left = resolve));
    const timers = vi.getTimerCount();
    const done = await finish(service, 990);
    expect(done).not.toHaveBeenCalled();
    left();
    await vi.advanceTimersByTimeAsync(0);
    expect(done).toHaveBeenCalled();
    expect(vi.getTimerCount()).toBe(timers);
    const never = shutdownOf(0);
    never.presence.leave = () => new Promise(() => {});
    expect(await finish(never.service, 990)).not.toHaveBeenCalled();
    expect(await finish(never.service, 1100)).toHaveBeenCalled();
  });
});
