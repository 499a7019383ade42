import { isChannelName } from '@skreaver/protocol';

/** The channels of a token's claim `channels`: exact names, or prefixes written `prefix*`. */
export class ChannelGrant {
  /** As the claim lists them. */
  readonly patterns: readonly string[];
  private readonly names = new Set<string>();
  private readonly prefixes: string[] = [];

  /** @throws TypeError if the claim is not a list of names and `prefix*` patterns */
  constructor(claim: unknown) {
    if (!Array.isArray(claim)) throw new TypeError('The claim "channels" is not a list.');
    for (const pattern of claim as readonly unknown[]) this.add(pattern);
    this.patterns = claim as readonly string[];
  }

  covers(channel: string): boolean {
    return this.names.has(channel) || this.prefixes.some((prefix) => channel.startsWith(prefix));
  }

  private add(pattern: unknown): void {
    if (typeof pattern !== 'string') throw new TypeError('The claim "channels" has an entry that is not a text.');
    const prefix = pattern.endsWith('*') ? pattern.slice(0, -1) : undefined;
    if (prefix !== '' && !isChannelName(prefix ?? pattern)) {
      throw new TypeError('The claim "channels" has an entry that is neither a channel name nor prefix*.');
    }
    if (prefix === undefined) this.names.add(pattern);
    else this.prefixes.push(prefix);
  }
}
