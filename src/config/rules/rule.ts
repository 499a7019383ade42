import { registerDecorator, type ValidationArguments, type ValidationError } from 'class-validator';
import type { ConfigProblem } from '../config-error.js';

/** What a value does wrong: a problem of its field. */
export interface Breach extends Omit<ConfigProblem, 'field'> {
  /** The place inside the value (`[1]`); empty for the value itself. */
  readonly at: string;
  /** The other field, where each is right alone but not beside the other. */
  readonly comparedWith?: string;
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
  const breaches = (about?: ValidationArguments) => rule(about?.value, about?.object ?? {}, sameName);
  return (target, propertyName) => {
    registerDecorator({
      name,
      target: target.constructor,
      propertyName: String(propertyName),
      options: { context: { rule } },
      validator: {
        validate: (_value, about) => breaches(about).length === 0,
        defaultMessage: (about) =>
          breaches(about)
            .map(({ at, allowed }) => `${about?.property}${at}; allowed: ${allowed}`)
            .join('; '),
      },
    });
  };
}

/**
 * The problems behind what class-validator found. A comparison with or of a field that is wrong by itself says nothing
 * and is left out.
 */
export function problemsOf(errors: readonly ValidationError[], config: object, nameOf: NameOf): ConfigProblem[] {
  const found = errors.flatMap(({ property, value, contexts }) => {
    const broken: readonly { rule: Rule }[] = Object.values(contexts ?? {});
    return broken.flatMap(({ rule }) => rule(value, config, nameOf).map((breach) => ({ property, breach })));
  });
  const wrongAlone = new Set(found.filter(({ breach }) => !breach.comparedWith).map(({ property }) => property));
  return found.flatMap(({ property, breach: { at, comparedWith, ...problem } }) => {
    const isMoot = comparedWith !== undefined && (wrongAlone.has(comparedWith) || wrongAlone.has(property));
    return isMoot ? [] : [{ ...problem, field: nameOf(property) + at }];
  });
}
