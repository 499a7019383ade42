import { describe, expect, it } from 'vitest';
import { ManualTimerWheel } from '../../../test/support/manual-timer-wheel.js';
import { serviceRig } from '../../../test/support/service-rig.js';
import { FailureLog } from './failure-log.js';

interface Summary {
  readonly first_error_id: string;
  readonly repeats: readonly { readonly error_id: string; readonly message: string; readonly count?: number }[];
}

function rig() {
  const wheel = new ManualTimerWheel();
  const { log, connect } = serviceRig({}, undefined, { wheel });
  const failures = new FailureLog(log, wheel);
  const { connection } = connect('alice');
  const fail = (message: string): string => failures.note(connection, new Error(message));
  const summaries = (): Summary[] =>
    log.lines.filter(({ kind }) => kind === 'handler failed again').map(({ fields }) => fields as unknown as Summary);
  return { wheel, log, failures, connection, connect, fail, summaries };
}

describe('FailureLog', () => {
  it('returns an id each for two different failures of one second, and logs both', () => {
    const { fail, log, wheel, summaries } = rig();
    const [first, second] = ['no such agent', 'the disk is full'].map((message) => fail(message));
    expect(second).not.toBe(first);
    wheel.passTime();
    expect(log.lines[0]).toMatchObject({ kind: 'handler failed', fields: { error_id: first } });
    expect(summaries()).toEqual([
      {
        connection_id: 'c1',
        user_id: 'alice',
        first_error_id: first,
        repeats: [{ error_id: second, name: 'Error', message: 'the disk is full' }],
      },
    ]);
  });

  it('logs every id that it returns, in at most two lines a second for one kind', () => {
    const { fail, log, wheel, summaries } = rig();
    const ids = Array.from({ length: 500 }, (_, at) => fail(`${at} `.padEnd(1000, 'x')));
    wheel.passTime();
    expect(log.lines).toHaveLength(2);
    for (const id of ids) expect(log.text()).toContain(id);
    expect(new Set(ids).size).toBe(22);
    expect(summaries()[0]?.repeats.at(-1)).toMatchObject({ error_id: ids.at(-1), count: 479 });
    expect(log.text().length).toBeLessThan(10_000);
  });

  it('begins anew after a second, and writes no further line if nothing was repeated', () => {
    const { fail, log, wheel } = rig();
    for (let second = 0; second < 3; second += 1) {
      fail('one');
      wheel.passTime();
    }
    expect(log.lines.map(({ kind }) => kind)).toEqual(['handler failed', 'handler failed', 'handler failed']);
    expect(wheel.size).toBe(0);
  });

  it('separates kinds of failures, and treats those beyond sixteen as one', () => {
    const { failures, connection, log } = rig();
    for (let at = 0; at < 30; at += 1) {
      failures.note(connection, Object.assign(new Error('kind'), { name: `Kind${at}` }));
    }
    expect(log.lines).toHaveLength(17);
    failures.flush();
    expect(log.text()).toContain('Kind29');
  });

  it('separates connections', () => {
    const { failures, fail, log, connect } = rig();
    fail('one');
    failures.note(connect('bob').connection, new Error('one'));
    expect(log.lines.map(({ fields }) => fields['user_id'])).toEqual(['alice', 'bob']);
  });

  it('writes the collected failures when the process ends', () => {
    const { failures, fail, wheel, summaries } = rig();
    fail('one');
    const second = fail('two');
    failures.flush();
    expect(summaries()).toMatchObject([{ repeats: [{ error_id: second }] }]);
    wheel.passTime();
    expect(summaries()).toHaveLength(1);
  });
});
