import type { ChannelOptions } from './channel-options.js';
import { nearestName } from './nearest-name.js';
import { Obeys, ruleOf, type Breach, type Rule } from './rule.js';

/** A channel name of protocol section 9 or the beginning of one and `*`. */
const PATTERN = /^(?:[\w.:/-]{1,255}|[\w.:/-]{0,254}\*)$/;
const PATTERN_ALLOWED =
  'a channel name (1 to 255 characters of A-Z a-z 0-9 . _ : / -), or the beginning of one with one "*" at its end';

const optionRules: { readonly [Option in keyof Required<ChannelOptions>]: Rule } = {
  clientPublish: ruleOf((value) => typeof value === 'boolean', 'true or false'),
};
const optionNames = Object.keys(optionRules);

function isPlainObject(value: unknown): value is object {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

function optionBreaches(
  options: unknown,
  ...[config, nameOf]: Parameters<Rule> extends [unknown, ...infer Rest] ? Rest : never
): Breach[] {
  if (!isPlainObject(options))
    return [{ at: '', value: options, allowed: `an object with any of ${optionNames.join(', ')}` }];
  return Object.entries(options).flatMap(([name, value]: [string, unknown]) => {
    const rule = Object.hasOwn(optionRules, name) ? optionRules[name as keyof ChannelOptions] : undefined;
    if (rule === undefined) {
      const meant = nearestName(name, optionNames);
      return [
        {
          at: '',
          value: options,
          allowed: `an object with any of ${optionNames.join(', ')}` + (meant ? `; did you mean "${meant}"` : ''),
        },
      ];
    }
    return value === undefined ? [] : rule(value, config, nameOf).map((breach) => ({ ...breach, at: `.${name}` }));
  });
}

/** Channel options by pattern: an exact channel name, or `prefix*`. */
export const Channels = (): PropertyDecorator =>
  Obeys('channels', (value, config, nameOf) => {
    if (!isPlainObject(value)) return [{ at: '', value, allowed: 'an object of channel options by pattern' }];
    return Object.entries(value).flatMap(([pattern, options]: [string, unknown]) => {
      if (!PATTERN.test(pattern)) return [{ at: ' pattern', value: pattern, allowed: PATTERN_ALLOWED }];
      const at = `[${JSON.stringify(pattern)}]`;
      return optionBreaches(options, config, nameOf).map((breach) => ({ ...breach, at: at + breach.at }));
    });
  });
