import { registerDecorator, type ValidationError } from 'class-validator';
import type { ConfigProblem } from './config-error.js';

/** What a value does wrong: `at` is the place inside the value (`[1]`), empty for the value itself. */
export interface Breach {
  readonly at: string;
  readonly value: unknown;
  readonly allowed: string;
}

/** How a sentence names a field: as the class does, or as the environment variable that sets it. */
export type NameOf = (field: string) => string;

/** Finds what a value does wrong. `config` and `nameOf` are for rules about two fields. */
export type Rule = (value: unknown, config: object, nameOf: NameOf) => readonly Breach[];

const sameName: NameOf = (field) => field;

/** The rule of a value that is right or wrong as a whole. */
export function ruleOf(isRight: (value: unknown) => boolean, allowed: string): Rule {
  return (value) => (isRight(value) ? [] : [{ at: '', value, allowed }]);
}

/** Makes a rule a class-validator decorator of a field. `name` is the key in `ValidationError.constraints`. */
export function Obeys(name: string, rule: Rule): PropertyDecorator {
  return (target, propertyName) => {
    registerDecorator({
      name,
      target: target.constructor,
      propertyName: String(propertyName),
      options: { context: { rule } },
      validator: {
        validate: (value: unknown, about) => rule(value, about?.object ?? {}, sameName).length === 0,
        defaultMessage: (about) =>
          rule(about?.value, about?.object ?? {}, sameName)
            .map(({ at, allowed }) => `${about?.property}${at}; allowed: ${allowed}`)
            .join('; '),
      },
    });
  };
}

/** The problems behind what class-validator found. */
export function problemsOf(errors: readonly ValidationError[], config: object, nameOf: NameOf): ConfigProblem[] {
  return errors.flatMap((error) => {
    const contexts: readonly { rule: Rule }[] = Object.values(error.contexts ?? {});
    return contexts.flatMap(({ rule }) =>
      rule(error.value, config, nameOf).map(({ at, value, allowed }) => ({
        field: nameOf(error.property) + at,
        value,
        allowed,
      })),
    );
  });
}
