import { isChannelName } from '@skreaver/protocol';
import type { ChannelOptions } from './channel-options.js';
import { nearestName } from './nearest-name.js';
import { Obeys, ruleOf, type Breach, type NameOf, type Rule } from './rule.js';

const PATTERN_ALLOWED =
  'a channel name (1 to 255 characters of A-Z a-z 0-9 . _ : / -), or the beginning of one with one "*" at its end';

const isPattern = (text: string): boolean =>
  text === '*' || isChannelName(text.endsWith('*') ? text.slice(0, -1) : text);

const optionRules = {
  clientPublish: ruleOf((value) => typeof value === 'boolean', 'true or false'),
} satisfies { readonly [Option in keyof Required<ChannelOptions>]: Rule };

const ruleOfOption: ReadonlyMap<string, Rule> = new Map(Object.entries(optionRules));
const optionNames = [...ruleOfOption.keys()];

function isPlainObject(value: unknown): value is object {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

function unknownOption(name: string): Breach {
  const meant = nearestName(name, optionNames);
  return { at: `.${name}`, allowed: meant ? `did you mean '${meant}'?` : `allowed: ${optionNames.join(', ')}.` };
}

function optionBreaches(options: unknown, config: object, nameOf: NameOf): readonly Breach[] {
  if (!isPlainObject(options)) {
    return [{ at: '', value: options, allowed: `an object with any of ${optionNames.join(', ')}` }];
  }
  return Object.entries(options).flatMap(([name, value]: [string, unknown]) => {
    const rule = ruleOfOption.get(name);
    if (rule === undefined) return [unknownOption(name)];
    if (value === undefined) return [];
    return rule(value, config, nameOf).map((breach) => ({ ...breach, at: `.${name}${breach.at}` }));
  });
}

/** Channel options by pattern: an exact channel name, or `prefix*`. */
export const Channels = (): PropertyDecorator =>
  Obeys('channels', (value, config, nameOf) => {
    if (!isPlainObject(value)) return [{ at: '', value, allowed: 'an object of channel options by pattern' }];
    return Object.entries(value).flatMap(([pattern, options]: [string, unknown]) => {
      if (!isPattern(pattern)) return [{ at: ' pattern', value: pattern, allowed: PATTERN_ALLOWED }];
      const at = `[${JSON.stringify(pattern)}]`;
      return optionBreaches(options, config, nameOf).map((breach) => ({ ...breach, at: at + breach.at }));
    });
  });
