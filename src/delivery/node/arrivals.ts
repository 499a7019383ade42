import { Injectable } from '@nestjs/common';
import { type Publication, isStored } from '../../backplane/index.js';
import { OpenChannels } from '../channel/open-channels.js';
import { FanOut } from '../publish/fan-out.js';
import { CatchUps } from './catch-ups.js';

/** Puts the publications that arrive at this node in order: delivered once, and what is missing is read first. */
@Injectable()
export class Arrivals {
  constructor(
    private readonly channels: OpenChannels,
    private readonly fanOut: FanOut,
    private readonly catchUps: CatchUps,
  ) {}

  /** @returns the number of connections that took it */
  deliver(publication: Publication): number {
    const open = this.channels.find(publication.channel);
    if (open === undefined) return 0;
    if (publication.kind !== undefined) return this.fanOut.deliverPresence(publication, open);
    const arrival = open.advance(publication.position);
    if (arrival === 'next') return this.fanOut.deliver(publication, open);
    if (arrival === 'gap' && isStored(publication)) this.catchUps.hold(open, publication);
    return 0;
  }
}
