import { Logger } from '@nestjs/common';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { NodeId } from '../node/index.js';
import { ThrottledLog } from './throttled-log.js';

const node = new NodeId('node0001');
const lines: { level: string; line: unknown }[] = [];

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['performance'] });
  lines.length = 0;
  for (const level of ['log', 'warn', 'error'] as const) {
    vi.spyOn(Logger.prototype, level).mockImplementation((line: unknown) => lines.push({ level, line }));
  }
});
afterEach(() => {
  vi.restoreAllMocks();
  vi.useRealTimers();
});

describe('the throttled log', () => {
  it.each(['warn', 'error'] as const)('writes the node, fields and kind at the level %s', (level) => {
    new ThrottledLog(node).write(level, {}, 'refused', { status: 403 });
    expect(lines).toEqual([{ level, line: { node: 'node0001', status: 403, msg: 'refused' } }]);
  });

  it('writes one line per second, and counts the omitted ones in the next', () => {
    const log = new ThrottledLog(node);
    const connection = {};
    for (let count = 0; count < 5; count += 1) log.write('warn', connection, 'bad', { count });
    vi.advanceTimersByTime(999);
    log.write('warn', connection, 'bad', { count: 5 });
    expect(lines.map(({ line }) => line)).toMatchObject([{ count: 0, msg: 'bad' }]);
    vi.advanceTimersByTime(1);
    log.write('warn', connection, 'bad', { count: 6 });
    vi.advanceTimersByTime(1000);
    log.write('warn', connection, 'bad', { count: 7 });
    expect(lines.map(({ line }) => line).slice(1)).toEqual([
      { node: 'node0001', count: 6, suppressed: 5, msg: 'bad' },
      { node: 'node0001', count: 7, msg: 'bad' },
    ]);
  });

  it('writes at once for another kind, and for another connection', () => {
    const log = new ThrottledLog(node);
    const connection = {};
    log.write('warn', connection, 'one', {});
    log.write('warn', connection, 'two', {});
    log.write('warn', {}, 'one', {});
    expect(lines).toHaveLength(3);
  });

  it('writes every connect and disconnect', () => {
    const log = new ThrottledLog(node);
    log.event('opened', { id: 1 });
    log.event('opened', { id: 2 });
    expect(lines).toMatchObject([
      { level: 'log', line: { id: 1, msg: 'opened' } },
      { level: 'log', line: { id: 2, msg: 'opened' } },
    ]);
  });

  it('limits a kind over all levels together', () => {
    const log = new ThrottledLog(node);
    const connection = {};
    log.write('warn', connection, 'one', {});
    log.write('error', connection, 'one', {});
    expect(lines).toHaveLength(1);
  });

  it('is not stopped by a logger that throws', () => {
    vi.spyOn(Logger.prototype, 'error').mockImplementation(() => {
      throw new Error('disk full');
    });
    expect(() => new ThrottledLog(node).write('error', {}, 'refused', {})).not.toThrow();
  });
});
