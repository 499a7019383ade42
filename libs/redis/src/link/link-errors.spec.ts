import { BackplaneUnavailableError } from '@skreaver/nestjs-ws';
import { describe, expect, it } from 'vitest';
import { SlotMovedError, UnfitRedisError, refusalOf } from './link-errors.js';

const inScript = (code: string): string =>
  `ERR Error running script (call to f_0a): @user_script:1: -${code} of Redis 6`;

describe('an answer of Redis that is an error', () => {
  it.each(['READONLY', 'LOADING', 'MASTERDOWN', 'CLUSTERDOWN', 'NOSCRIPT'])(
    '%s makes the link fall, with nothing done',
    (code) => {
      for (const text of [`${code} as it stands`, inScript(code)]) {
        const { error, fault } = refusalOf(new Error(text));
        expect(error).toBeInstanceOf(BackplaneUnavailableError);
        expect(error).toMatchObject({ outcome: 'not_done' });
        expect(fault).toMatch(/\.$/);
      }
    },
  );

  it.each(['OOM', 'MISCONF', 'NOREPLICAS'])('%s refuses a write, with nothing done, and the link stays', (code) => {
    for (const text of [`${code} as it stands`, inScript(code)]) {
      const { error, fault } = refusalOf(new Error(text));
      expect(error).toMatchObject({ outcome: 'not_done' });
      expect(fault).toBeUndefined();
    }
  });

  it.each([
    'MOVED 866 10.0.0.1:7000',
    'ASK 866 10.0.0.1:7000',
    'TRYAGAIN Multiple keys',
    'CLUSTERDOWN Hash slot not served',
  ])('%s is about one slot of a cluster, with nothing done, and the link stays', (text) => {
    const { error, fault } = refusalOf(new Error(text));
    expect(error).toBeInstanceOf(SlotMovedError);
    expect(error).toMatchObject({ outcome: 'not_done' });
    expect(fault).toBeUndefined();
  });

  it.each(['NOAUTH', 'WRONGPASS', 'NOPERM'])('%s is for the operator', (code) => {
    expect(refusalOf(new Error(`${code} something`)).error).toBeInstanceOf(UnfitRedisError);
  });

  it('of another kind is no outage', () => {
    const { error, fault } = refusalOf(new Error('WRONGTYPE Operation against a key'));
    expect(error.name).toBe('RedisRefusedError');
    expect(error).not.toBeInstanceOf(BackplaneUnavailableError);
    expect(fault).toBeUndefined();
    expect(refusalOf(new Error('ERR the word READONLYNESS ')).fault).toBeUndefined();
  });
});
