import { assert, constantFrom, nat, property, string } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ConfigError } from './config-error.js';
import { parseDuration, textFormats } from './text-formats.js';

function readDuration(text: string): number | undefined {
  try {
    return parseDuration(text);
  } catch (error) {
    if (error instanceof ConfigError) return undefined;
    throw error;
  }
}

describe('parseDuration', () => {
  it.each([
    ['250', 250],
    ['250ms', 250],
    ['30s', 30_000],
    ['5m', 300_000],
    ['1h', 3_600_000],
    ['1.5s', 1500],
    ['0', 0],
    [' 30 s ', 30_000],
    ['0.001s', 1],
  ])('reads %j as %i ms', (text, milliseconds) => {
    expect(parseDuration(text)).toBe(milliseconds);
  });

  it('uses decimal units, not binary ones', () => {
    expect(1.005 * 1000).not.toBe(1005);
    expect(parseDuration('1.005s')).toBe(1005);
  });

  it.each(['', 's', 'abc', '-1', '+1', '1e3', '1,5s', '.5s', '5.', '5d', '30S', '1m30s', '0x10', '30  s', 'NaN'])(
    'rejects %j',
    (text) => {
      expect(() => parseDuration(text)).toThrow(ConfigError);
    },
  );

  it('rejects a fraction of a millisecond', () => {
    expect(() => parseDuration('1.5ms')).toThrow(ConfigError);
    expect(() => parseDuration('0.0005s')).toThrow(ConfigError);
  });

  it('rejects a number that a double does not hold exactly', () => {
    expect(parseDuration('2501999792.98m')).toBe(150_119_987_578_800);
    expect(() => parseDuration('999999999999999h')).toThrow(ConfigError);
    expect(() => parseDuration('1000000000000000')).toThrow(ConfigError);
  });

  it('reports what is allowed', () => {
    expect(() => parseDuration('soon')).toThrow(
      'duration is "soon"; allowed: a duration in whole milliseconds such as 250, 250ms, 1.5s, 5m or 1h.',
    );
  });

  it('reads a decimal number exactly, and only if it is a whole number of milliseconds', () => {
    const anyUnit = constantFrom(['ms', 1n] as const, ['s', 1000n] as const, ['h', 3_600_000n] as const);
    assert(
      property(nat(), nat({ max: 999_999 }), anyUnit, (whole, millionths, [unit, factor]) => {
        const exact = (BigInt(whole) * 1_000_000n + BigInt(millionths)) * factor;
        const milliseconds = exact % 1_000_000n === 0n ? Number(exact / 1_000_000n) : undefined;
        return readDuration(`${whole}.${String(millionths).padStart(6, '0')}${unit}`) === milliseconds;
      }),
    );
  });

  it('reads a whole number or throws a ConfigError, whatever the text', () => {
    assert(
      property(string(), (text) => {
        const milliseconds = readDuration(text);
        return milliseconds === undefined || (Number.isSafeInteger(milliseconds) && milliseconds >= 0);
      }),
    );
  });
});

describe('the format of a size', () => {
  const { read } = textFormats.size;

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
    expect(read(text)).toBe(bytes);
  });

  it.each(['', 'KB', '64K', '64KBs', '-1', '1TB', '0x10', '1e3'])('rejects %j', (text) => {
    expect(read(text)).toBeUndefined();
  });

  it('rejects a fraction of a byte', () => {
    expect(read('0.5KB')).toBe(512);
    expect(read('0.3KB')).toBeUndefined();
  });
});

describe('the format of a boolean', () => {
  const { read } = textFormats.boolean;

  it.each(['true', 'TRUE', '1', 'yes', 'on', ' on '])('reads %j as true', (text) => {
    expect(read(text)).toBe(true);
  });

  it.each(['false', 'False', '0', 'no', 'off'])('reads %j as false', (text) => {
    expect(read(text)).toBe(false);
  });

  it.each(['', '2', 'ja', 'truefalse'])('rejects %j', (text) => {
    expect(read(text)).toBeUndefined();
  });
});
