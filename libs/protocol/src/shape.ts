export type JsonObject = Readonly<Record<string, unknown>>;

/**
 * Checks the shape of a message of one type. Returns undefined, or the fault in a sentence that contains no text of the
 * message.
 */
export type ShapeCheck = (message: JsonObject) => string | undefined;

/** True for an object with keys: neither an array, nor the bytes that MessagePack may hold. */
export const isObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !ArrayBuffer.isView(value);

export const isString = (value: unknown): value is string => typeof value === 'string';

export const isFiniteNumber = (value: unknown): value is number => Number.isFinite(value);

/** An offset or a sequence number: a whole number from 0 that a double holds exactly. */
export const isCount = (value: unknown): value is number =>
  isFiniteNumber(value) && Number.isSafeInteger(value) && value >= 0;

export const isAbsentOr = (value: unknown, is: (value: unknown) => boolean): boolean =>
  value === undefined || is(value);

export const isPosition = (value: unknown): boolean =>
  isObject(value) && isString(value.epoch) && isCount(value.offset);

export function pingPong({ data }: JsonObject): string | undefined {
  if (data === undefined) return undefined;
  if (!isObject(data)) return 'data must be an object with an optional timestamp.';
  return isAbsentOr(data.timestamp, isFiniteNumber) ? undefined : 'data.timestamp must be a number.';
}
