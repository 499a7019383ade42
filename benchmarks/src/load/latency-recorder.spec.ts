import { describe, expect, it } from 'vitest';
import { LatencyRecorder, monotonicMicros } from './latency-recorder.js';

const eventOf = (at: number): Buffer => Buffer.from(`{"data":{"at":"${String(Math.round(at)).padStart(15, '0')}"}}`);

describe('LatencyRecorder', () => {
  it('reads the time of the publish from the event', () => {
    const recorder = new LatencyRecorder();
    const event = eventOf(monotonicMicros() - 5000);
    recorder.recordEvent(event, 0, event.length);
    const { count, p50, max } = recorder.read();
    expect(count).toBe(1);
    expect(p50).toBeGreaterThanOrEqual(4.9);
    expect(max).toBeLessThan(5000);
  });

  it('ignores a frame that arrived in pieces, one without a time, and the time of the next frame', () => {
    const recorder = new LatencyRecorder();
    const event = eventOf(monotonicMicros());
    recorder.recordEvent(event, -1, -1);
    recorder.recordEvent(Buffer.from('{"data":{}}'), 0, 11);
    recorder.recordEvent(event, 0, 5);
    expect(recorder.read().count).toBe(0);
  });

  it('reports percentiles in ascending order', () => {
    const recorder = new LatencyRecorder();
    const now = monotonicMicros();
    for (let i = 1; i <= 1000; i++) recorder.recordSince(now - i * 1000);
    const { p50, p90, p99, p999, max } = recorder.read();
    expect([p50, p90, p99, p999, max]).toEqual([p50, p90, p99, p999, max].toSorted((a, b) => a - b));
    expect(p50 / 500).toBeCloseTo(1, 1);
  });
});
