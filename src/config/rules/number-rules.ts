import { Obeys, ruleOf, type Rule } from './rule.js';

/** The longest delay of `setTimeout`: a longer one would fire at once. */
const LONGEST_DELAY = 2 ** 31 - 1;
const HIGHEST_COUNT = 1_000_000_000;

/** A whole number from `min` to `max`, `of` what as the sentence says it (` of bytes`). */
export function wholeNumber(of: string, min: number, max: number): Rule {
  return ruleOf(
    (value) => Number.isInteger(value) && Number(value) >= min && Number(value) <= max,
    `a whole number${of} from ${min} to ${max}`,
  );
}

/** A whole number from 1 to 1,000,000,000. */
export const Count = (): PropertyDecorator => Obeys('count', wholeNumber('', 1, HIGHEST_COUNT));

/** Whole milliseconds from `min` to what `setTimeout` can wait. */
export const milliseconds = (min: number): Rule => wholeNumber(' of milliseconds', min, LONGEST_DELAY);

/** A field of whole milliseconds, from `min` on. */
export const Duration = (min = 1): PropertyDecorator => Obeys('duration', milliseconds(min));

/** Whole bytes from 1 to `max`. */
export const Size = (max: number): PropertyDecorator => Obeys('size', wholeNumber(' of bytes', 1, max));

const comparisons = {
  'less than': (value: number, other: number) => value < other,
  'more than': (value: number, other: number) => value > other,
  'at least': (value: number, other: number) => value >= other,
};

/** Compares two fields that are numbers; a field that is none is the business of its own rule. */
export function Compared(comparison: keyof typeof comparisons, otherField: string, because: string): PropertyDecorator {
  return Obeys(`${comparison} ${otherField}`, (value, config, nameOf) => {
    const other: unknown = Reflect.get(config, otherField);
    if (typeof value !== 'number' || typeof other !== 'number' || comparisons[comparison](value, other)) return [];
    return [
      {
        at: '',
        value,
        allowed: `${comparison} ${nameOf(otherField)} (${other}), ${because}`,
        comparedWith: otherField,
      },
    ];
  });
}
