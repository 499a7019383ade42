import { registerDecorator, validateSync, type ValidationArguments } from 'class-validator';
import { sentenceOf, type ConfigProblem } from '../config-error.js';

/** A way in which a value breaks a rule: a problem of its field. */
export interface Violation extends Omit<ConfigProblem, 'field'> {
  /** The place inside the value, such as `[1]`. Empty for the value itself. */
  readonly at: string;
  /**
   * The other field of a failed comparison: each value is valid alone, but not together with the other. `allowed` names
   * that field.
   */
  readonly comparedWith?: string;
}

/** Finds the violations of a value. `config` is the object that holds the field, for rules that compare two fields. */
export type Rule = (value: unknown, config: object) => readonly Violation[];

/** A decorator that compiles only on fields of type `Value`. */
export type FieldDecorator<Value> = <Field extends string>(
  target: Readonly<Record<Field, Value>>,
  field: Field,
) => void;

/** Decides how the text of an environment variable becomes the value of a field. */
export type FieldKind = 'text' | 'boolean' | 'integer' | 'duration' | 'size' | 'list' | 'channels';

/** The kinds of the decorated fields, by name. Filled by {@link Validate}. */
export const fieldKinds = new Map<string, FieldKind>();

/** Declares the kind of a field, and the rule by which class-validator validates it. */
export function Validate<Value>(kind: FieldKind, rule: Rule): FieldDecorator<Value> {
  return (target, field) => {
    fieldKinds.set(field, kind);
    addConstraint(target, field, kind, rule);
  };
}

/**
 * Registers a rule as a constraint of class-validator. A constraint can return only a verdict and a message. So it
 * keeps the violations by validated object in its context, from which {@link validate} collects them.
 */
export function addConstraint(target: object, propertyName: string, name: string, rule: Rule): void {
  const found = new WeakMap<object, readonly Violation[]>();
  registerDecorator({
    name,
    target: target.constructor,
    propertyName,
    options: { context: { found } },
    validator: {
      validate(value: unknown, { object }: ValidationArguments) {
        const violations = rule(value, object);
        found.set(object, violations);
        return violations.length === 0;
      },
      defaultMessage: ({ object }: ValidationArguments) =>
        (found.get(object) ?? []).map((violation) => sentenceOf(problemOf(propertyName, violation))).join('\n'),
    },
  });
}

/** Renames a field in sentences, for example to the environment variable that sets it. */
export type NameOf = (field: string) => string;

const sameName: NameOf = (field) => field;

function problemOf(field: string, { at, comparedWith, ...problem }: Violation, nameOf = sameName): ConfigProblem {
  const allowed = comparedWith ? problem.allowed.replace(comparedWith, () => nameOf(comparedWith)) : problem.allowed;
  return { ...problem, allowed, field: nameOf(field) + at };
}

/**
 * Validates an object by its decorators. A failed comparison is not reported if one of its two fields is invalid by
 * itself.
 */
export function validate(config: object, nameOf: NameOf): ConfigProblem[] {
  const found = validateSync(config).flatMap(({ property, contexts = {} }) => {
    const constraints: readonly { found: WeakMap<object, readonly Violation[]> }[] = Object.values(contexts);
    return constraints.flatMap((constraint) =>
      (constraint.found.get(config) ?? []).map((violation) => ({ field: property, violation })),
    );
  });
  const wrongAlone = new Set(found.flatMap(({ field, violation }) => (violation.comparedWith ? [] : [field])));
  const isMoot = (field: string, other?: string) => other && (wrongAlone.has(field) || wrongAlone.has(other));
  return found.flatMap(({ field, violation }) =>
    isMoot(field, violation.comparedWith) ? [] : [problemOf(field, violation, nameOf)],
  );
}

/** Makes a rule of a predicate, for a value that is valid or invalid as a whole. */
export function ruleOf(isRight: (value: unknown) => boolean, allowed: string): Rule {
  return (value) => (isRight(value) ? [] : [{ at: '', value, allowed }]);
}

/** Prefixes the places of violations with the place of the part they were found in. */
export function within(place: string, violations: readonly Violation[]): Violation[] {
  return violations.map((violation) => ({ ...violation, at: place + violation.at }));
}
