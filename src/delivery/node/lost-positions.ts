import { Injectable } from '@nestjs/common';
import type { Position, SubscribeResponseMessage } from '@skreaver/protocol';
import { SubscriberIndex } from '../../channel/index.js';
import { BackplaneMetrics, ThrottledLog } from '../../metrics/index.js';
import { TimerWheel } from '../../timers/index.js';
import type { OpenChannel } from '../channel/open-channel.js';
import { OpenChannels } from '../channel/open-channels.js';

/** Time in ms between two portions. */
const PORTION_EVERY_MS = 100;
/** Subscribers that are told at once, so that 1,000 a second are. */
const PORTION = 100;
/** A larger channel has larger portions: all are told within 10 s. */
const MAX_PORTIONS = 100;

/**
 * Tells the subscribers of a channel that its position was lost, by a `subscribe_response` that they did not ask for
 * (PROTOCOL §6). They are told in portions, as each of them may load its state anew from the application. Until a
 * subscriber is told it gets nothing; the position that it is told is that of this moment, and it gets every event after.
 */
@Injectable()
export class LostPositions {
  /** Channels with subscribers that are not told yet. */
  private readonly telling = new Set<OpenChannel>();

  constructor(
    private readonly index: SubscriberIndex,
    private readonly channels: OpenChannels,
    private readonly wheel: TimerWheel,
    private readonly metrics: BackplaneMetrics,
    private readonly log: ThrottledLog,
  ) {}

  /** @param top the position at which the channel goes on */
  tell(open: OpenChannel, top: Position): void {
    const reason = open.position?.epoch === top.epoch ? 'gap' : 'epoch';
    open.position = top;
    const subscribers = this.index.suspend(open.name);
    this.metrics.positionLost(reason);
    this.log.write('warn', this, 'channel lost its position', { channel: open.name, reason, subscribers });
    if (this.telling.has(open)) return;
    this.telling.add(open);
    this.tellPortion(open);
  }

  private tellPortion(open: OpenChannel): void {
    const isOpen = this.channels.find(open.name) === open;
    const suspended = (isOpen ? this.index.find(open.name)?.allSuspended() : undefined) ?? [];
    const portion = Math.max(PORTION, Math.ceil(suspended.length / MAX_PORTIONS));
    for (const connection of suspended.slice(0, portion)) {
      connection.send(noticeOf(open));
      this.index.resume(connection, open.name);
    }
    if (suspended.length > portion) this.wheel.after(PORTION_EVERY_MS, () => this.tellPortion(open));
    else this.telling.delete(open);
  }
}

function noticeOf({ name, position }: OpenChannel): SubscribeResponseMessage {
  const positions = position === undefined ? {} : { [name]: { ...position, recovered: false } };
  return { type: 'subscribe_response', data: { success: true, subscribed: [name], positions } };
}
