const LONGEST = 80;

function written(value: unknown): string {
  if (typeof value === 'bigint') return `${value}n`;
  if (typeof value === 'function') return 'a function';
  if (typeof value === 'number' || typeof value === 'symbol' || value === undefined) return String(value);
  try {
    return JSON.stringify(value) ?? 'an object';
  } catch {
    return 'an object';
  }
}

/** A value as a sentence can show it: like JSON, at most 80 characters; a longer one ends in `…`. Never throws. */
export function shownValue(value: unknown): string {
  const text = written(value);
  return text.length > LONGEST ? `${text.slice(0, LONGEST - 1)}…` : text;
}
