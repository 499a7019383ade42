import { isChannelName } from '@skreaver/protocol';
import type { ChannelOptions, HistoryOptions } from './channel-options.js';
import { milliseconds, wholeNumber } from './rules/number-rules.js';
import { isPlainObject, objectOf, optional } from './object-rule.js';
import { Obeys, type Breach, type Rule } from './rules/rule.js';
import { flag, oneOf } from './rules/text-rules.js';

const PATTERN_ALLOWED =
  'a channel name (1 to 255 characters of A-Z a-z 0-9 . _ : / -), or the beginning of one with one "*" at its end';
const MOST_EVENTS = 1_000_000;

const isPattern = (text: string): boolean =>
  text === '*' || isChannelName(text.endsWith('*') ? text.slice(0, -1) : text);

const historyRules = {
  size: wholeNumber('', 1, MOST_EVENTS),
  ttl: milliseconds(1),
} satisfies { readonly [Limit in keyof HistoryOptions]: Rule };

const optionRules = {
  clientPublish: optional(flag),
  history: optional(objectOf(historyRules, 'an object with size and ttl, such as {"size":100,"ttl":300000}')),
  presence: optional(flag),
  joinLeave: optional(flag),
  overflow: optional(oneOf(['disconnect', 'drop_oldest', 'latest'])),
} satisfies { readonly [Option in keyof Required<ChannelOptions>]: Rule };

const eachOption = objectOf(optionRules, `an object with any of ${Object.keys(optionRules).join(', ')}`);

function joinLeaveNeedsPresence(options: unknown): readonly Breach[] {
  const { presence, joinLeave }: ChannelOptions = isPlainObject(options) ? options : {};
  if (joinLeave !== true || presence === true) return [];
  return [{ at: '.joinLeave', value: true, allowed: 'true only where presence is true, as members come and go' }];
}

/** Channel options by pattern: an exact channel name, or `prefix*`. */
export const Channels = (): PropertyDecorator =>
  Obeys('channels', (value, config, nameOf) => {
    if (!isPlainObject(value)) return [{ at: '', value, allowed: 'an object of channel options by pattern' }];
    return Object.entries(value).flatMap(([pattern, options]: [string, unknown]) => {
      if (!isPattern(pattern)) return [{ at: ' pattern', value: pattern, allowed: PATTERN_ALLOWED }];
      const at = `[${JSON.stringify(pattern)}]`;
      const breaches = [...eachOption(options, config, nameOf), ...joinLeaveNeedsPresence(options)];
      return breaches.map((breach) => ({ ...breach, at: at + breach.at }));
    });
  });
