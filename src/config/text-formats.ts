import { ConfigError } from './config-error.js';
import type { FieldKind } from './rules/rule.js';

/** Parses the text of a value. */
export interface TextFormat<Value> {
  /** The texts that are allowed. Left out where the rule of the field describes them. */
  readonly allowed?: string;
  /** The value of a text; undefined for a text that is not in this format. */
  readonly read: (text: string) => Value | undefined;
}

/** `true`, `1`, `yes`, `on`, or `false`, `0`, `no`, `off`, in any case. */
const booleanFormat: TextFormat<boolean> = {
  allowed: 'true or false (also 1 or 0, yes or no, on or off)',
  read: (text) => BOOLEANS.get(text.trim().toLowerCase()),
};

/** Milliseconds: `250`, `250ms`, `1.5s`, `5m`, `1h`. */
const durationFormat = {
  allowed: 'a duration in whole milliseconds such as 250, 250ms, 1.5s, 5m or 1h',
  read: (text: string) => readQuantity(text, MILLISECONDS),
};

/** Bytes: `65536`, `64KB`, `64KiB`, `1.5MB`, `1GiB`, in any case. KB is the same as KiB, 1024 bytes, and so on. */
const sizeFormat: TextFormat<number> = {
  allowed: 'a size in whole bytes such as 65536, 64KB, 64KiB or 1MiB',
  read: (text) => readQuantity(text.toLowerCase(), BYTES),
};

/** How the text of an environment variable is parsed, by kind of configuration field. */
export const textFormats: Readonly<Record<FieldKind, TextFormat<unknown>>> = {
  text: { read: (text) => text },
  integer: { read: (text) => (/^-?\d+$/.test(text) ? Number(text) : undefined) },
  duration: durationFormat,
  size: sizeFormat,
  boolean: booleanFormat,
  list: { read: (text) => text.split(',').map((item) => item.trim()) },
  channels: {
    allowed: 'JSON, an object of channel options by pattern: {"chat*":{"clientPublish":true}}',
    read: readChannels,
  },
};

/**
 * The milliseconds of a text such as `250`, `250ms`, `1.5s`, `5m` or `1h`. A number without a unit is in milliseconds.
 * @throws ConfigError for any other text, also for a fraction of a millisecond
 * @example
 * ```ts
 * import { parseDuration } from '@skreaver/nestjs-ws';
 *
 * parseDuration('1.5s'); // 1500
 * ```
 */
export function parseDuration(text: string): number {
  const value = durationFormat.read(text);
  if (value === undefined) {
    throw new ConfigError([{ field: 'duration', value: text, allowed: durationFormat.allowed }]);
  }
  return value;
}

const BOOLEANS = new Map([
  ...['true', '1', 'yes', 'on'].map((word) => [word, true] as const),
  ...['false', '0', 'no', 'off'].map((word) => [word, false] as const),
]);

const MILLISECONDS = new Map([
  ['', 1],
  ['ms', 1],
  ['s', 1000],
  ['m', 60_000],
  ['h', 3_600_000],
]);

const KIB = 1024;
const BYTES = new Map([
  ['', 1],
  ['b', 1],
  ['kb', KIB],
  ['kib', KIB],
  ['mb', KIB ** 2],
  ['mib', KIB ** 2],
  ['gb', KIB ** 3],
  ['gib', KIB ** 3],
]);

const QUANTITY = /^(\d{1,15})(?:\.(\d{1,9}))? ?([a-z]*)$/i;

/** Reads a decimal number with a unit (`1.5s`); undefined unless it is a whole number of the smallest unit. */
function readQuantity(text: string, units: ReadonlyMap<string, number>): number | undefined {
  const [, whole, fraction = '', unit = ''] = QUANTITY.exec(text.trim()) ?? [];
  const factor = units.get(unit);
  if (whole === undefined || factor === undefined) return undefined;
  // Integer arithmetic is exact; as doubles, 1.005 * 1000 is 1004.9999999999999.
  const scale = 10n ** BigInt(fraction.length);
  const scaled = BigInt(whole + fraction) * BigInt(factor);
  const quantity = Number(scaled / scale);
  return scaled % scale === 0n && Number.isSafeInteger(quantity) ? quantity : undefined;
}

/**
 * Parses the JSON of `channels`. A `ttl` may have a unit (`"5m"`). One that cannot be parsed stays a text, which the
 * rule of `ttl` refuses.
 */
function readChannels(text: string): unknown {
  try {
    return JSON.parse(text, (name, value: unknown) =>
      name === 'ttl' && typeof value === 'string' ? (durationFormat.read(value) ?? value) : value,
    );
  } catch {
    return undefined;
  }
}
