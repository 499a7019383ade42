import type { Spread } from './spread.js';

/** Formats with three significant digits and separated thousands: 0.0123, 1.23, 12.3, 123, 12,300. */
export function shown(value: number): string {
  if (!Number.isFinite(value)) return '–';
  if (Math.abs(value) >= 1000) return Math.round(value).toLocaleString('en-US');
  return value === 0 ? '0' : String(Number(value.toPrecision(3)));
}

/** Formats as `1.23 (1.1–1.4)`, or the value alone for one round. */
export const shownSpread = ({ median, min, max }: Spread): string =>
  min === max || Number.isNaN(median) ? shown(median) : `${shown(median)} (${shown(min)}–${shown(max)})`;
