/** Formats a count for a title: `10,000`. */
export const count = (value: number): string => value.toLocaleString('en-US');
