import { Inject, Injectable } from '@nestjs/common';
import { WsErrorCode, isChannelName } from '@skreaver/protocol';
import { type ChannelOptions, ConfigError, type ResolvedConfig, SkreaverWsConfig } from '../config/index.js';
import { WsError } from '../connection/index.js';
import { ChannelPattern } from './channel-pattern.js';

/** The options of a channel, and the key of `channels` that they stand under. */
interface Rule {
  /** Undefined where no key matches. */
  readonly key: string | undefined;
  readonly options: ChannelOptions;
}

/** Who is told of a refusal. */
export type Asker = 'application' | 'client';

const NAMES = { history: 'History', presence: 'Presence' } as const;

type Entry = readonly [key: string, options: ChannelOptions];
const isPattern = ([key]: Entry): boolean => key.includes('*');

/** So few are matched each time: it takes less than to remember names, of which there may be more than are kept. */
const FEW_PATTERNS = 4;
/** At most 3 MB of names. */
const MAX_REMEMBERED = 10_000;

const NO_RULE: Rule = { key: undefined, options: Object.freeze({}) };

/**
 * Finds the options of a channel: its exact name first, then the most specific pattern that matches. What many patterns
 * decided is remembered: each takes up to 40 ns, and a publication 3 µs in all.
 */
@Injectable()
export class ChannelOptionsResolver {
  private readonly exact: ReadonlyMap<string, Rule>;
  /** The exact rules, and those of names that were matched. */
  private rules: Map<string, Rule>;
  /** The most specific first. */
  private readonly patterns: readonly (readonly [ChannelPattern, Rule])[];
  /** Which channels are mirrored where: another text where the rules differ. */
  readonly mirrorRules: string;

  /** @throws ConfigError when a channel would be mirrored into one that is mirrored itself */
  constructor(@Inject(SkreaverWsConfig) config: ResolvedConfig) {
    const entries = Object.entries(config.channels);
    this.exact = new Map(entries.filter((entry) => !isPattern(entry)).map(([key, options]) => [key, { key, options }]));
    this.rules = new Map(this.exact);
    this.patterns = entries
      .filter(isPattern)
      .map(([key, options]) => [new ChannelPattern(key), { key, options }] as const)
      .toSorted(([one], [other]) => ChannelPattern.compare(one, other));
    this.refuseChains(entries);
    this.mirrorRules = entries.some(([, { mirror }]) => mirror !== undefined)
      ? entries
          .map(([key, { mirror }]) => JSON.stringify([key, mirror]))
          .toSorted()
          .join()
      : '';
  }

  of(channel: string): ChannelOptions {
    return this.ruleOf(channel).options;
  }

  /** Says which rule decides on a channel, for the message of an error to the application. */
  describe(channel: string): string {
    const { key } = this.ruleOf(channel);
    return key === undefined ? 'no rule of `channels` matches' : `channels[${JSON.stringify(key)}] applies`;
  }

  /**
   * Refuses a channel that has not the option. The rule that applies is told to the application alone: a client must not
   * learn how channels are configured.
   * @throws WsError `INVALID_CHANNEL`, `INVALID_PARAMS` (the option is not there)
   */
  assertEnabled(option: keyof typeof NAMES, channel: string, asker: Asker): void {
    if (!isChannelName(channel)) throw WsError.invalidChannel(channel);
    const value = this.of(channel)[option];
    if (value !== undefined && value !== false) return;
    const rule = asker === 'application' ? ` (${this.describe(channel)})` : '';
    const message = `${NAMES[option]} is not enabled for this channel${rule}.`;
    throw new WsError(WsErrorCode.InvalidParams, message, { channel });
  }

  /** An event is published in two channels at most. */
  private refuseChains(entries: readonly Entry[]): void {
    const problems = entries.flatMap(([key, { mirror }]) => {
      if (mirror === undefined || this.of(mirror).mirror === undefined) return [];
      const allowed = `a channel without a mirror of its own, but ${this.describe(mirror)} to it`;
      return [{ field: `channels[${JSON.stringify(key)}].mirror`, value: mirror, allowed }];
    });
    if (problems.length > 0) throw new ConfigError(problems);
  }

  private ruleOf(channel: string): Rule {
    return this.rules.get(channel) ?? this.match(channel);
  }

  private match(channel: string): Rule {
    const rule = this.patterns.find(([pattern]) => pattern.matches(channel))?.[1] ?? NO_RULE;
    if (this.patterns.length > FEW_PATTERNS) this.remember(channel, rule);
    return rule;
  }

  private remember(channel: string, rule: Rule): void {
    if (this.rules.size >= this.exact.size + MAX_REMEMBERED) this.rules = new Map(this.exact);
    this.rules.set(channel, rule);
  }
}
