import { ConfigError } from '@skreaver/nestjs-ws';
import { describe, expect, it } from 'vitest';
import { SettingsError } from './settings/index.js';
import { startFailure } from './start-failure.js';

const failing = (code: string): Error => Object.assign(new Error(`it failed: ${code}`), { code });

describe('the message of a failed start', () => {
  it('consists of sentences for wrong settings', () => {
    expect(startFailure(new SettingsError(['One.', 'Two.']))).toBe('One.\nTwo.');
    const wrong = new ConfigError([]);
    expect(startFailure(wrong)).toBe(wrong.message);
  });

  it.each(['EMFILE', 'ENFILE', 'ERR_MODULE_NOT_FOUND'])(
    'names a limit of open files that is too low, for %s',
    (code) => {
      expect(startFailure(failing(code), 200)).toMatch(
        /^Too many open files \(EMFILE\): "ulimit -n" is 200; .*\nit failed/,
      );
      expect(startFailure(failing(code), 1024)).not.toContain('ulimit');
      expect(startFailure(failing('EIO'), 200)).not.toContain('ulimit');
    },
  );

  it('is the stack for any other error', () => {
    expect(startFailure(new TypeError('no'))).toMatch(/^TypeError: no\n {4}at /);
    expect(startFailure('no')).toBe('no');
  });
});
