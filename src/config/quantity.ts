import { ConfigError } from './config-error.js';

/** Reads `1.5s` and the like: a decimal number and a unit of `units`, to the whole number of the smallest unit. */
export function parseQuantity(
  text: string,
  units: Readonly<Record<string, number>>,
  kind: { readonly name: string; readonly allowed: string },
): number {
  const [, whole, fraction = '', unit = ''] = /^(\d{1,15})(?:\.(\d{1,9}))? ?([a-z]*)$/i.exec(text.trim()) ?? [];
  const factor = Object.hasOwn(units, unit.toLowerCase()) ? units[unit.toLowerCase()] : undefined;
  if (whole !== undefined && factor !== undefined) {
    // Decimal, as 1.005 * 1000 is 1004.9999999999999 in binary.
    const scaled = BigInt(whole + fraction) * BigInt(factor);
    const scale = 10n ** BigInt(fraction.length);
    const quantity = Number(scaled / scale);
    if (scaled % scale === 0n && Number.isSafeInteger(quantity)) return quantity;
  }
  throw new ConfigError([{ field: kind.name, value: text, allowed: kind.allowed }]);
}
