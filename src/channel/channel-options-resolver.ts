import { Inject, Injectable } from '@nestjs/common';
import { type ChannelOptions, SKREAVER_WS_CONFIG, type ResolvedConfig } from '../config/index.js';

const NO_OPTIONS: ChannelOptions = Object.freeze({});

/** Finds the options of a channel: its exact name first, then the longest `prefix*` that fits. */
@Injectable()
export class ChannelOptionsResolver {
  private readonly exact: ReadonlyMap<string, ChannelOptions>;
  /** Sorted by length, the longest prefix first. */
  private readonly prefixes: readonly (readonly [prefix: string, options: ChannelOptions])[];

  constructor(@Inject(SKREAVER_WS_CONFIG) config: ResolvedConfig) {
    const entries = Object.entries(config.channels);
    this.exact = new Map(entries.filter(([pattern]) => !pattern.endsWith('*')));
    this.prefixes = entries
      .filter(([pattern]) => pattern.endsWith('*'))
      .map(([pattern, options]) => [pattern.slice(0, -1), options] as const)
      .toSorted(([a], [b]) => b.length - a.length);
  }

  of(channel: string): ChannelOptions {
    const exact = this.exact.get(channel);
    if (exact !== undefined) return exact;
    return this.prefixes.find(([prefix]) => channel.startsWith(prefix))?.[1] ?? NO_OPTIONS;
  }
}
