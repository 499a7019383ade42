import { Injectable } from '@nestjs/common';
import { Backplane, type EnginePart } from '../../backplane/index.js';
import { ThrottledLog, describeError } from '../../metrics/index.js';
import { OpenChannels } from '../channel/open-channels.js';
import { CatchUps } from './catch-ups.js';

/** Finds the channels of which this node has missed publications, and has them repaired. */
@Injectable()
export class PositionCheck {
  constructor(
    private readonly backplane: Backplane,
    private readonly channels: OpenChannels,
    private readonly catchUps: CatchUps,
    private readonly log: ThrottledLog,
  ) {}

  /** Compares the positions of the open channels, or of those in a part, with those of the backplane. Never rejects. */
  async check(part?: EnginePart): Promise<void> {
    try {
      const seen = this.channels.positions(part);
      const tops = await this.backplane.positions(seen);
      for (const [channel, top] of tops) {
        const open = this.channels.find(channel);
        if (open?.isBehind(top) === true) this.catchUps.start(open);
      }
      const missing = seen.size - tops.size;
      if (missing > 0) this.log.event('positions could not be checked', { channels: missing }, 'warn');
    } catch (error) {
      this.log.event('positions could not be checked', { error: describeError(error) }, 'warn');
    }
  }
}
