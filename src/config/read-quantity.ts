const QUANTITY = /^(\d{1,15})(?:\.(\d{1,9}))? ?([a-z]*)$/i;

/** Reads a decimal number and a unit of `units` (`1.5s`); undefined unless it is a whole number of the smallest unit. */
export function readQuantity(text: string, units: ReadonlyMap<string, number>): number | undefined {
  const [, whole, fraction = '', unit = ''] = QUANTITY.exec(text.trim()) ?? [];
  const factor = units.get(unit);
  if (whole === undefined || factor === undefined) return undefined;
  // Decimal, as 1.005 * 1000 is 1004.9999999999999 in binary.
  const scale = 10n ** BigInt(fraction.length);
  const scaled = BigInt(whole + fraction) * BigInt(factor);
  const quantity = Number(scaled / scale);
  return scaled % scale === 0n && Number.isSafeInteger(quantity) ? quantity : undefined;
}
