import { isChannelName } from '@skreaver/protocol';
import { suggestName } from './nearest-name.js';
import { milliseconds, wholeNumber } from './rules/number-rules.js';
import { Validate, within, type FieldDecorator, type Rule, type Violation } from './rules/rule.js';
import { flag, oneOf } from './rules/text-rules.js';

/** The limits of a channel's history (PROTOCOL §6). */
interface HistoryOptions {
  /** The number of events to keep, from 1 to 1,000,000. The oldest is dropped first. */
  readonly size: number;
  /** Milliseconds for which an event is kept. */
  readonly ttl: number;
}

/**
 * The backpressure policy of a channel, for a client that reads too slowly (PROTOCOL §8). `disconnect` closes the
 * client's connection with 4002. `drop_oldest` drops the oldest waiting events. `latest` is conflation: it keeps only
 * the newest event.
 */
type Overflow = 'disconnect' | 'drop_oldest' | 'latest';

/** Options for the channels that match one pattern. */
export interface ChannelOptions {
  /**
   * Allows clients to publish to the channel with the built-in request `publish` (PROTOCOL §5), if their permission
   * allows it too. Default: false, only the application publishes.
   */
  readonly clientPublish?: boolean;

  /**
   * Keeps events, gives each a position, and lets subscribers recover the events they missed (PROTOCOL §6). A
   * subscriber is told if events that it missed are no longer kept. Default: no history.
   */
  readonly history?: HistoryOptions;

  /** Tracks the members of the channel, for the request `presence` (PROTOCOL §5). Default: false. */
  readonly presence?: boolean;

  /**
   * Sends an event to the subscribers that ask for it whenever a member joins or leaves (PROTOCOL §3). Needs
   * `presence`. Default: false.
   */
  readonly joinLeave?: boolean;

  /** The policy for clients that read too slowly (PROTOCOL §8). Default: `disconnect`, which is safe with `history`. */
  readonly overflow?: Overflow;

  /**
   * The name of another channel that gets every event of this one too, with a position of its own (PROTOCOL §6). Its own
   * options decide what it keeps. They must not have a `mirror`. Whoever may subscribe to it reads the events of all
   * channels that are mirrored into it. Default: none.
   */
  readonly mirror?: string;
}

/**
 * Channel options by pattern: an exact channel name, or one with `*` at its end or for whole segments between `:`, such as
 * `tenant:*:agents`.
 */
export const Channels = (): FieldDecorator<object> =>
  Validate('channels', (value, config) => {
    if (!isPlainObject(value)) return [{ at: '', value, allowed: 'an object of channel options by pattern' }];
    return Object.entries(value).flatMap(([pattern, options]: [string, unknown]) =>
      isPattern(pattern)
        ? within(`[${JSON.stringify(pattern)}]`, [...optionsRule(options, config), ...joinLeaveNeedsPresence(options)])
        : [{ at: ' pattern', value: pattern, allowed: PATTERN_ALLOWED }],
    );
  });

const NAME_ALLOWED = 'a channel name (1 to 255 characters of A-Z a-z 0-9 . _ : / -)';
const PATTERN_ALLOWED = `${NAME_ALLOWED}, or one with "*" at its end or for whole segments between ":", such as tenant:*:agents`;
const MOST_EVENTS = 1_000_000;

const INNER_SEGMENT = /(^|:)\*(?=:)/g;

/** True for a pattern that becomes a channel name when each inner `*` is a character and the last one is left out. */
function isPattern(text: string): boolean {
  const name = text.replace(/\*$/, '').replaceAll(INNER_SEGMENT, '$1x');
  return text === '*' || isChannelName(name);
}

/** Makes a rule that also allows `undefined`. */
const optional =
  (rule: Rule): Rule =>
  (value, config) =>
    value === undefined ? [] : rule(value, config);

const historyRules = {
  size: wholeNumber('', 1, MOST_EVENTS),
  ttl: milliseconds(1),
} satisfies { readonly [Limit in keyof HistoryOptions]: Rule };

const channelName: Rule = (value) => (isChannelName(value) ? [] : [{ at: '', value, allowed: NAME_ALLOWED }]);

const optionRules = {
  clientPublish: optional(flag),
  history: optional(objectOf(historyRules, 'an object with size and ttl, such as {"size":100,"ttl":300000}')),
  presence: optional(flag),
  joinLeave: optional(flag),
  overflow: optional(oneOf(['disconnect', 'drop_oldest', 'latest'])),
  mirror: optional(channelName),
} satisfies { readonly [Option in keyof Required<ChannelOptions>]: Rule };

const optionsRule = objectOf(optionRules, `an object with any of ${Object.keys(optionRules).join(', ')}`);

function joinLeaveNeedsPresence(options: unknown): readonly Violation[] {
  const { presence, joinLeave }: ChannelOptions = isPlainObject(options) ? options : {};
  if (joinLeave !== true || presence === true) return [];
  return [{ at: '.joinLeave', value: true, allowed: 'true only where presence is true' }];
}

/**
 * Makes the rule of an object that has no other properties than these. `allowed` describes the object in the sentence
 * about a value that is not one.
 */
function objectOf(rules: Readonly<Record<string, Rule>>, allowed: string): Rule {
  const names = Object.keys(rules);
  return (value, config) => {
    if (!isPlainObject(value)) return [{ at: '', value, allowed }];
    const unknown = Object.keys(value).filter((name) => !names.includes(name));
    return [
      ...unknown.map((name) => ({ at: `.${name}`, allowed: suggestName(name, names) })),
      ...Object.entries(rules).flatMap(([name, rule]) => within(`.${name}`, rule(Reflect.get(value, name), config))),
    ];
  };
}

function isPlainObject(value: unknown): value is object {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}
