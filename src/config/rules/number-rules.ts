import { addConstraint, Validate, ruleOf, type FieldDecorator, type Rule } from './rule.js';

/** The longest delay of `setTimeout`; a longer one would fire at once. */
const LONGEST_DELAY = 2 ** 31 - 1;
const HIGHEST_COUNT = 1_000_000_000;

/**
 * The rule of a whole number from `min` to `max`. `unit` is inserted into the error message, for example ` of bytes`.
 */
export function wholeNumber(unit: string, min: number, max: number): Rule {
  return ruleOf(
    (value) => Number.isInteger(value) && Number(value) >= min && Number(value) <= max,
    `a whole number${unit} from ${min} to ${max}`,
  );
}

/** The rule of whole milliseconds from `min` to the longest delay of `setTimeout`. */
export const milliseconds = (min: number): Rule => wholeNumber(' of milliseconds', min, LONGEST_DELAY);

/** Declares a field that holds a whole number from 1 to 1,000,000,000. */
export const Count = (): FieldDecorator<number> => Validate('integer', wholeNumber('', 1, HIGHEST_COUNT));

/** Declares a field that holds a whole number from `min` to 1,000,000,000. */
export const WholeNumber = (min: number): FieldDecorator<number> =>
  Validate('integer', wholeNumber('', min, HIGHEST_COUNT));

/** Declares a field that holds whole milliseconds, at least `min`. */
export const Duration = (min = 1): FieldDecorator<number> => Validate('duration', milliseconds(min));

/** Declares a field that holds whole bytes from 1 to `max`. */
export const Size = (max: number): FieldDecorator<number> => Validate('size', wholeNumber(' of bytes', 1, max));

const comparisons = {
  'less than': (value: number, other: number) => value < other,
  'more than': (value: number, other: number) => value > other,
  'at least': (value: number, other: number) => value >= other,
};

/** Compares two fields that hold numbers. Values that are not numbers are left to the rules of their own fields. */
export function Compared<Other extends string>(
  comparison: keyof typeof comparisons,
  otherField: Other,
  because: string,
): <Field extends string>(target: Readonly<Record<Field | Other, number>>, field: Field) => void {
  const isRight = comparisons[comparison];
  const rule: Rule = (value, config) => {
    const other: unknown = Reflect.get(config, otherField);
    if (typeof value !== 'number' || typeof other !== 'number' || isRight(value, other)) return [];
    return [{ at: '', value, allowed: `${comparison} ${otherField} (${other}), ${because}`, comparedWith: otherField }];
  };
  return (target, field) => addConstraint(target, field, `${comparison} ${otherField}`, rule);
}
