const MILLISECONDS: Readonly<Record<string, number>> = {
  '': 1,
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};

/** @returns milliseconds, from 1; undefined for a text that is not a duration. Without a unit they are milliseconds. */
export function parseDuration(text: string): number | undefined {
  const [, amount, unit = ''] = /^(\d{1,9}(?:\.\d{1,3})?)(ms|s|m|h|d)?$/.exec(text) ?? [];
  const ms = Math.round(Number(amount) * (MILLISECONDS[unit] ?? NaN));
  return ms >= 1 ? ms : undefined;
}
