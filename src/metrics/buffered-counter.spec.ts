import { array, assert, asyncProperty, constantFrom, double, tuple } from 'fast-check';
import { Counter, Gauge, Histogram } from 'prom-client';
import { describe, expect, it } from 'vitest';
import { BufferedCounter, BufferedHistogram } from './buffered-counter.js';

const config = { name: 'test', help: 'test', registers: [] };
const valueOf = async (meter: Counter | Gauge): Promise<number | undefined> => (await meter.get()).values[0]?.value;

describe('a buffered counter', () => {
  it('is in its metric whenever that is read', async () => {
    const [counter, gauge] = [new Counter(config), new Gauge(config)];
    const [counted, gauged] = [new BufferedCounter(counter), new BufferedCounter(gauge)];
    expect(await valueOf(counter)).toBe(0);
    counted.add(2);
    counted.add(3);
    gauged.add(1);
    gauged.add(-3);
    expect([await valueOf(counter), await valueOf(gauge)]).toEqual([5, -2]);
    counted.add(1);
    expect([await valueOf(counter), await valueOf(counter)]).toEqual([6, 6]);
  });

  it('adds to those of other applications, and calls a collect callback that was set before', async () => {
    let asked = 0;
    const counter = new Counter({ ...config, collect: () => void (asked += 1) });
    const tallies = [new BufferedCounter(counter), new BufferedCounter(counter)];
    for (const buffered of tallies) buffered.add(2);
    expect(await valueOf(counter)).toBe(4);
    expect(asked).toBe(1);
  });

  it('is in its metric after its end, and keeps nothing there', async () => {
    const counter = new Counter(config);
    const collects = new Set<unknown>();
    for (let app = 0; app < 3; app += 1) {
      const buffered = new BufferedCounter(counter);
      collects.add(Reflect.get(counter, 'collect'));
      buffered.add(1);
      buffered.end();
      buffered.add(1);
    }
    expect(collects.size).toBe(1);
    expect(await valueOf(counter)).toBe(3);
  });
});

describe('a buffered histogram', () => {
  const buckets = [0.001, 0.25, 1, 5];
  const observations = array(
    tuple(
      constantFrom('a', 'b'),
      double({ min: 0, max: 10, noNaN: true }).map((value) => Math.round(value * 8) / 8),
    ),
    { maxLength: 30 },
  );

  it("has the values of prom-client's own histogram whenever it is read", async () => {
    await assert(
      asyncProperty(observations, observations, async (before, after) => {
        const [plain, tallied] = [1, 2].map(() => new Histogram({ ...config, buckets, labelNames: ['type'] }));
        const buffered = new BufferedHistogram(tallied as Histogram, 'type');
        for (const part of [before, after]) {
          for (const [type, value] of part) {
            plain?.observe({ type }, value);
            buffered.observe(value, type);
          }
          const sorted = async (histogram?: Histogram) =>
            (await histogram?.get())?.values.toSorted((a, b) =>
              String(a.labels['type']).localeCompare(String(b.labels['type'])),
            );
          expect(await sorted(tallied)).toEqual(await sorted(plain));
        }
      }),
    );
  });

  it('may be without a label, shared, and reset', async () => {
    const [plain, shared] = [1, 2].map(() => new Histogram({ ...config, buckets })) as [Histogram, Histogram];
    const tallies = [new BufferedHistogram(shared), new BufferedHistogram(shared)];
    for (const buffered of tallies) buffered.observe(0.5);
    for (const value of [0.5, 0.5]) plain.observe(value);
    expect(await shared.get()).toEqual(await plain.get());
    shared.reset();
    plain.reset();
    tallies[0]?.observe(7);
    plain.observe(7);
    expect(await shared.get()).toEqual(await plain.get());
  });
});
