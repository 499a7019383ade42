import { Inject, Injectable } from '@nestjs/common';
import { CloseCode, type Position } from '@skreaver/protocol';
import { Backplane } from '../../backplane/index.js';
import { type BufferingSubscription, SubscriberIndex } from '../../channel/index.js';
import { type ResolvedConfig, SkreaverWsConfig } from '../../config/index.js';
import type { ClientConnection } from '../../connection/index.js';
import { ThrottledLog, WsMetrics, describeError } from '../../metrics/index.js';
import { TimerWheel } from '../../timers/index.js';
import { OpenChannels } from '../channel/open-channels.js';
import { Acknowledgements } from './acknowledgements.js';
import { type UnrecoverableReason, type ContiguousRun, contiguousAfter } from './contiguous.js';
import { RecoveredFrames } from './recovered-frames.js';
import { Replay } from './replay.js';
import { SendBudget } from './send-budget.js';

/** The start of a recovery: a position of the channel, or the one that the user acknowledged last. */
export type RecoveryStart = Position | 'acked';

/** The position of a client and the first page of what it missed; or the reason why it cannot recover. */
export type RecoverySource =
  { readonly since: Position; readonly run: ContiguousRun } | { readonly reason: UnrecoverableReason | 'no_position' };

/** Maximum number of events in one read of the history, and so the maximum that a slow client keeps in memory. */
const PAGE = 500;

/** Recovers what clients missed while they were away: from their position to that of the channel (PROTOCOL §6). */
@Injectable()
export class RecoveryService {
  private readonly frames = new RecoveredFrames();
  private readonly share: { readonly frames: number; readonly bytes: number };

  constructor(
    @Inject(SkreaverWsConfig) private readonly config: ResolvedConfig,
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

  /** Reads what a client missed. Publications that come meanwhile are in the buffer of the pending subscription. */
  async read({ connection, channel }: BufferingSubscription, since: RecoveryStart): Promise<RecoverySource> {
    const position = since === 'acked' ? await this.acknowledgements.find(connection, channel) : since;
    if (position === undefined) return { reason: 'no_position' };
    const run = await this.readAfter(channel, position);
    return typeof run === 'string' ? { reason: run } : { since: position, run };
  }

  /**
   * Decides whether a pending subscription recovers. Call it in the turn in which the client is answered, since the
   * channel may change its epoch later.
   * @returns undefined if the subscription does not recover
   */
  decide(pending: BufferingSubscription, source: RecoverySource): Replay | undefined {
    const open = this.channels.find(pending.channel);
    const outcome =
      'reason' in source ? source.reason : source.since.epoch === open?.position?.epoch ? 'recovered' : 'epoch';
    this.metrics.recovery(outcome);
    if (outcome !== 'recovered' || 'reason' in source || open === undefined) return undefined;
    return new Replay(pending, source.since, source.run, open, this.frames, this.index);
  }

  /** Creates the budget of one socket: half of the frames and bytes that its outbox may hold. */
  sendBudget(): SendBudget {
    return new SendBudget(this.share.frames, this.share.bytes);
  }

  /**
   * Finishes the replays that did not go live at once, one after the other, as they share the socket. The budget is
   * reset each time the socket has drained. Never rejects: if a recovery cannot be finished, the connection is closed.
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
    return contiguousAfter(
      position,
      await this.backplane.history(channel, { after: position.offset, limit, seen: true }),
    );
  }

  /** Returns false if the history no longer has the events that are still missing. */
  private async finishOne(replay: Replay, budget: SendBudget): Promise<boolean> {
    const { pending } = replay;
    while (!pending.isEnded) {
      const progress = replay.advance(budget);
      if (progress === 'lost') return false;
      if (progress === 'full') {
        await this.drained(pending.connection);
        budget.reset();
      } else if (progress === 'behind') {
        const run = await this.readAfter(pending.channel, replay.position);
        if (typeof run === 'string' || run.publications.length === 0) return false;
        replay.continueWith(run);
      }
    }
    return true;
  }

  /** Waits until the socket has drained. After `connectionTimeout` the connection is closed with 4002 instead. */
  private async drained({ socket }: ClientConnection): Promise<void> {
    const drained = socket.whenDrained();
    if (drained === undefined) return;
    const deadline = this.wheel.after(this.config.connectionTimeout, () => {
      this.metrics.slowConsumer('disconnect');
      socket.closeAndDestroy(CloseCode.SlowConsumer);
    });
    await drained;
    this.wheel.disarm(deadline);
  }

  /**
   * Closes the connection with 4006, because the client was told that it recovers. After it has reconnected, it is told
   * what it can still recover.
   */
  private breakOff({ pending }: Replay): void {
    if (pending.isEnded) return;
    this.metrics.recovery('broken_off');
    pending.connection.socket.closeAndDestroy(CloseCode.InsufficientState);
  }
}
