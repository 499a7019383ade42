import { Counter, Gauge, Registry } from 'prom-client';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type FakeProcess, FakeProcesses } from '../../../../../test/support/fake-processes.js';
import { PoolMetrics } from './pool-metrics.js';

/** What a worker would tell that counted so much. */
function counting(total: number, open: number) {
  const registry = new Registry();
  new Counter({ name: 'total', help: 'h', labelNames: ['kind'], registers: [registry] }).inc({ kind: 'a' }, total);
  new Gauge({ name: 'open', help: 'h', registers: [registry] }).set(open);
  new Gauge({ name: 'lag', help: 'h', registers: [registry], aggregator: 'average' }).set(open);
  return registry.getMetricsAsJSON();
}

function pool(size: number, own?: Registry) {
  const processes = new FakeProcesses();
  const events = { onMessage: () => {}, onListening: () => {}, onExit: () => {} };
  for (let number = 0; number < size; number += 1) processes.start(events);
  const started = new Set(processes.all);
  const metrics = new PoolMetrics({ started }, own);
  const tell = async (worker: FakeProcess | undefined, total: number, open: number): Promise<void> => {
    const asked = worker?.received.findLast(({ skreaver }) => skreaver === 'metrics-wanted');
    metrics.receive(worker as FakeProcess, {
      skreaver: 'metrics',
      id: asked?.id ?? 0,
      metrics: await counting(total, open),
    });
  };
  const ask = (id: number): void =>
    metrics.receive(processes.all[0] as FakeProcess, { skreaver: 'metrics-wanted', id });
  const page = async (): Promise<string> => {
    await vi.advanceTimersByTimeAsync(0);
    const last = processes.all[0]?.received.at(-1);
    return last?.skreaver === 'metrics-page' ? last.page : 'none';
  };
  const end = (worker: FakeProcess): void => {
    started.delete(worker);
    metrics.forget(worker);
  };
  return { workers: processes.all, tell, ask, page, end };
}

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

describe('the metrics of all workers', () => {
  it('add up counters and gauges, and average what prom-client averages', async () => {
    const { workers, tell, ask, page } = pool(2);
    ask(1);
    await tell(workers[0], 3, 10);
    expect(await page()).toBe('none');
    await tell(workers[1], 4, 20);
    const text = await page();
    expect(text).toContain('total{kind="a"} 7\n');
    expect(text).toContain('open 30\n');
    expect(text).toContain('lag 15\n');
  });

  it('count a worker that does not answer within a second with what it told last', async () => {
    const { workers, tell, ask, page } = pool(2);
    ask(1);
    await tell(workers[0], 3, 10);
    await tell(workers[1], 4, 20);
    await page();
    ask(2);
    await tell(workers[0], 5, 10);
    await vi.advanceTimersByTimeAsync(1000);
    expect(await page()).toContain('total{kind="a"} 9\n');
  });

  it('stand beside those of the primary process', async () => {
    const own = new Registry();
    new Gauge({ name: 'hub', help: 'h', registers: [own] }).set(5);
    const { workers, tell, ask, page } = pool(1, own);
    ask(1);
    await tell(workers[0], 3, 10);
    const text = await page();
    expect(text).toContain('total{kind="a"} 3\n');
    expect(text).toContain('hub 5\n');
  });

  it('keep what workers that have ended counted, without their gauges', async () => {
    const { workers, tell, ask, page, end } = pool(3);
    ask(1);
    for (const worker of workers) await tell(worker, 100, 10);
    await page();
    end(workers[1] as FakeProcess);
    end(workers[2] as FakeProcess);
    ask(2);
    await tell(workers[0], 101, 12);
    const text = await page();
    expect(text).toContain('total{kind="a"} 301\n');
    expect(text).toContain('open 12\n');
  });

  it('do not wait for a worker that ends before it answers', async () => {
    const { workers, tell, ask, page, end } = pool(2);
    ask(1);
    await tell(workers[0], 3, 10);
    end(workers[1] as FakeProcess);
    expect(await page()).toContain('total{kind="a"} 3\n');
  });

  it('ask each worker once for questions that come together', async () => {
    const { workers, tell, ask, page } = pool(2);
    ask(1);
    ask(2);
    await tell(workers[0], 3, 10);
    await tell(workers[1], 4, 20);
    await page();
    expect(workers[1]?.received).toHaveLength(1);
    expect(workers[0]?.received.map(({ skreaver, id }) => [skreaver, id])).toEqual([
      ['metrics-wanted', 1],
      ['metrics-page', 1],
      ['metrics-page', 2],
    ]);
  });
});
