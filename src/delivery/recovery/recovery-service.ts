import { Inject, Injectable } from '@nestjs/common';
import { CloseCode, type Position } from '@skreaver/protocol';
import { Backplane } from '../../backplane/index.js';
import { type PendingSubscription, SubscriberIndex } from '../../channel/index.js';
import { SKREAVER_WS_CONFIG, type ResolvedConfig } from '../../config/index.js';
import type { Connection } from '../../connection/index.js';
import { ThrottledLog, WsMetrics, describeError } from '../../metrics/index.js';
import { TimerWheel } from '../../timers/index.js';
import { OpenChannels } from '../channel/open-channels.js';
import { Acknowledgements } from './acknowledgements.js';
import { type UnrecoverableReason, type ContiguousRun, contiguousAfter } from './contiguous.js';
import { RecoveredFrames } from './recovered-frames.js';
import { type Progress, Replay } from './replay.js';
import { SendBudget } from './send-budget.js';

/** Where a client was, and what it missed as far as the first page of history goes; or why that cannot be had. */
export type RecoverySource =
  { readonly since: Position; readonly sequel: ContiguousRun } | { readonly loss: UnrecoverableReason | 'no_position' };

/** Events that one read of the history gets at most: what a slow client has in hand of it is bounded. */
const PAGE = 500;

/** Brings clients that come back from where they were to where their channels are (protocol §6). */
@Injectable()
export class RecoveryService {
  private readonly frames = new RecoveredFrames();
  private readonly share: { readonly frames: number; readonly bytes: number };

  constructor(
    @Inject(SKREAVER_WS_CONFIG) private readonly config: ResolvedConfig,
    private readonly backplane: Backplane,
    private readonly index: SubscriberIndex,
    private readonly channels: OpenChannels,
    private readonly acknowledgements: Acknowledgements,
    private readonly wheel: TimerWheel,
    private readonly metrics: WsMetrics,
    private readonly log: ThrottledLog,
  ) {
    this.share = { frames: Math.floor(config.broadcastBufferSize / 2), bytes: config.maxBufferedBytes / 2 };
  }

  /** Reads what a client missed. The pending subscription must have been kept for since before, and its channel be open. */
  async read({ connection, channel }: PendingSubscription, since: Position | 'acked'): Promise<RecoverySource> {
    const position = since === 'acked' ? await this.acknowledgements.find(connection, channel) : since;
    if (position === undefined) return { loss: 'no_position' };
    const sequel = await this.readAfter(channel, position);
    return typeof sequel === 'string' ? { loss: sequel } : { since: position, sequel };
  }

  /**
   * Decides, in the turn of the answer, whether a pending subscription recovers.
   * @returns undefined when it does not
   */
  decide(pending: PendingSubscription, missed: RecoverySource): Replay | undefined {
    const open = this.channels.find(pending.channel);
    const outcome =
      'loss' in missed ? missed.loss : missed.since.epoch === open?.position?.epoch ? 'recovered' : 'epoch';
    this.metrics.recovery(outcome);
    if (outcome !== 'recovered' || 'loss' in missed || open === undefined) return undefined;
    return new Replay(pending, missed.since, missed.sequel, open, this.frames);
  }

  /** What a socket is handed at once: half of what may wait for it. */
  sendBudget(): SendBudget {
    return new SendBudget(this.share.frames, this.share.bytes);
  }

  /** Sends what was missed as far as it may be in this turn, and makes the pending subscription live when that is all. */
  advance(replay: Replay, budget: SendBudget): Progress {
    const progress = replay.advance(budget);
    if (progress !== 'caught up') return progress;
    const { position, pending } = replay;
    const seen = this.channels.find(pending.channel)?.position?.offset ?? 0;
    this.index.activate(pending, position.offset > seen ? position.offset : undefined);
    return progress;
  }

  /**
   * Brings what {@link advance} could not to its end: the next budget goes when the socket has drained. One after the other,
   * as they share the socket. Never rejects: what cannot be brought to its end ends with the connection.
   */
  async finish(replays: readonly Replay[], budget: SendBudget): Promise<void> {
    for (const replay of replays) {
      const { connection, channel } = replay.pending;
      try {
        if (!(await this.finishOne(replay, budget))) this.breakOff(replay);
      } catch (error) {
        const fields = { connection_id: connection.id, channel, error: describeError(error) };
        this.log.write('error', connection, 'recovery failed', fields);
        this.breakOff(replay);
      }
    }
  }

  private async readAfter(channel: string, position: Position): Promise<ContiguousRun | UnrecoverableReason> {
    const limit = Math.max(1, Math.min(PAGE, this.share.frames));
    return contiguousAfter(position, await this.backplane.history(channel, { after: position.offset, limit }));
  }

  /** Returns false when what is still missing cannot be had any more. */
  private async finishOne(replay: Replay, budget: SendBudget): Promise<boolean> {
    const { pending } = replay;
    while (!pending.isEnded) {
      const progress = this.advance(replay, budget);
      if (progress === 'lost') return false;
      if (progress === 'full') {
        await this.drained(pending.connection);
        budget.reset();
      } else if (progress === 'behind') {
        const sequel = await this.readAfter(pending.channel, replay.position);
        if (typeof sequel === 'string' || sequel.publications.length === 0) return false;
        replay.continueWith(sequel);
      }
    }
    return true;
  }

  /** A peer that takes nothing for as long as it may be silent is cut. */
  private async drained({ socket }: Connection): Promise<void> {
    const drained = socket.whenDrained();
    if (drained === undefined) return;
    const deadline = this.wheel.after(this.config.connectionTimeout, () => {
      this.metrics.slowConsumer('disconnect');
      socket.closeAndDestroy(CloseCode.SlowConsumer);
    });
    await drained;
    this.wheel.disarm(deadline);
  }

  /** It was told that it recovers: it comes back, and is told what can be had then. */
  private breakOff({ pending }: Replay): void {
    if (pending.isEnded) return;
    this.metrics.recovery('broken_off');
    pending.connection.socket.closeAndDestroy(CloseCode.InsufficientState);
  }
}
