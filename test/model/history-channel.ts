import type { Position } from '@skreaver/protocol';
import { type ModelEvent, ModelChannel } from '../support/backplane/model-channel.js';

export const HISTORY_SIZE = 4;

/** Stands for a channel's only epoch: its name is the server's business. */
export const EPOCH = 'the epoch';

export interface KeptEvent {
  readonly offset: number;
  readonly data: unknown;
}

export interface HistoryRange {
  readonly since?: Position | undefined;
  readonly limit?: number | undefined;
  readonly reverse?: boolean | undefined;
}

/** A channel with history, whose epoch never changes and whose events do not expire. */
export class HistoryChannel extends ModelChannel {
  constructor() {
    super({ size: HISTORY_SIZE, ttl: Infinity });
    this.epoch = EPOCH;
  }

  get position(): Position {
    return { epoch: EPOCH, offset: this.offset };
  }

  append(data: unknown): Position {
    this.publish({ epoch: EPOCH, offset: this.offset + 1 }, JSON.stringify(data), 0, undefined);
    return this.position;
  }

  /** All that came after a position; undefined when any of it is gone, or there never was such a position. */
  after({ epoch, offset }: Position): readonly KeptEvent[] | undefined {
    const oldest = Math.max(1, this.offset - HISTORY_SIZE + 1);
    const isKept = epoch === EPOCH && offset + 1 >= oldest && offset <= this.offset;
    return isKept ? this.read({ since: { epoch, offset } }) : undefined;
  }

  read({ since, limit = 100, reverse }: HistoryRange): readonly KeptEvent[] {
    const after = since?.epoch === EPOCH ? since.offset : undefined;
    const [page = []] = this.pages({ after, limit, reverse }, 0);
    return page.map(eventOf);
  }
}

function eventOf({ offset, dataJson }: ModelEvent): KeptEvent {
  return { offset, data: JSON.parse(dataJson) };
}
