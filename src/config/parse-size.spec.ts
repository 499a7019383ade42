import { describe, expect, it } from 'vitest';
import { ConfigError } from './config-error.js';
import { parseSize } from './parse-size.js';

describe('parseSize', () => {
  it.each([
    ['65536', 65_536],
    ['65536B', 65_536],
    ['64KiB', 65_536],
    ['64KB', 65_536],
    ['64kb', 65_536],
    ['1MiB', 1_048_576],
    ['1MB', 1_048_576],
    ['1.5MB', 1_572_864],
    ['1 GiB', 1_073_741_824],
    ['1GB', 1_073_741_824],
    ['0', 0],
  ])('reads %j as %i bytes', (text, bytes) => {
    expect(parseSize(text)).toBe(bytes);
  });

  it.each(['', 'KB', '64K', '64KBs', '-1', '1TB', '0x10', '1e3'])('refuses %j', (text) => {
    expect(() => parseSize(text)).toThrow(ConfigError);
  });

  it('refuses a part of a byte', () => {
    expect(parseSize('0.5KB')).toBe(512);
    expect(() => parseSize('0.3KB')).toThrow(ConfigError);
  });

  it('says what is allowed', () => {
    expect(() => parseSize('big')).toThrow(
      'size is "big"; allowed: a size in whole bytes such as 65536, 64KB, 64KiB or 1MiB.',
    );
  });
});
