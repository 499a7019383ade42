import { Inject, Injectable } from '@nestjs/common';
import { CloseCode, type Position } from '@skreaver/protocol';
import { Backplane } from '../../backplane/index.js';
import { type Join, SubscriberIndex } from '../../channel/index.js';
import { SKREAVER_WS_CONFIG, type ResolvedConfig } from '../../config/index.js';
import type { Connection } from '../../connection/index.js';
import { PacedLog, WsMetrics, describeError } from '../../metrics/index.js';
import { DeadlineWheel } from '../../timers/index.js';
import { OpenChannels } from '../channel/open-channels.js';
import { Acknowledgements } from './acknowledgements.js';
import { type Loss, type Sequel, sequelOf } from './contiguous.js';
import { RecoveredFrames } from './recovered-frames.js';
import { type Progress, Replay } from './replay.js';
import { Portion } from './send-budget.js';

/** Where a client was, and what it missed as far as the first page of history goes; or why that cannot be had. */
export type Missed = { readonly since: Position; readonly sequel: Sequel } | { readonly loss: Loss | 'no_position' };

/** Events that one read of the history gets at most: what a slow client has in hand of it is bounded. */
const PAGE = 500;

/** Brings clients that come back from where they were to where their channels are (protocol §6). */
@Injectable()
export class Recoveries {
  private readonly frames = new RecoveredFrames();
  private readonly share: { readonly frames: number; readonly bytes: number };

  constructor(
    @Inject(SKREAVER_WS_CONFIG) private readonly config: ResolvedConfig,
    private readonly backplane: Backplane,
    private readonly index: SubscriberIndex,
    private readonly channels: OpenChannels,
    private readonly acknowledgements: Acknowledgements,
    private readonly wheel: DeadlineWheel,
    private readonly metrics: WsMetrics,
    private readonly log: PacedLog,
  ) {
    this.share = { frames: Math.floor(config.broadcastBufferSize / 2), bytes: config.maxBufferedBytes / 2 };
  }

  /** Reads what a client missed. The join must have been kept for since before, and its channel be open. */
  async read({ connection, channel }: Join, since: Position | 'acked'): Promise<Missed> {
    const position = since === 'acked' ? await this.acknowledgements.find(connection, channel) : since;
    if (position === undefined) return { loss: 'no_position' };
    const sequel = await this.readAfter(channel, position);
    return typeof sequel === 'string' ? { loss: sequel } : { since: position, sequel };
  }

  /**
   * Decides, in the turn of the answer, whether a join recovers.
   * @returns undefined when it does not
   */
  decide(join: Join, missed: Missed): Replay | undefined {
    const open = this.channels.find(join.channel);
    const outcome =
      'loss' in missed ? missed.loss : missed.since.epoch === open?.position?.epoch ? 'recovered' : 'epoch';
    this.metrics.recovery(outcome);
    if (outcome !== 'recovered' || 'loss' in missed || open === undefined) return undefined;
    return new Replay(join, missed.since, missed.sequel, open, this.frames);
  }

  /** What a socket is handed at once: half of what may wait for it. */
  portion(): Portion {
    return new Portion(this.share.frames, this.share.bytes);
  }

  /** Sends what was missed as far as it may be in this turn, and makes the join live when that is all. */
  advance(replay: Replay, portion: Portion): Progress {
    const progress = replay.advance(portion);
    if (progress !== 'caught up') return progress;
    const { position, join } = replay;
    const seen = this.channels.find(join.channel)?.position?.offset ?? 0;
    this.index.goLive(join, position.offset > seen ? position.offset : undefined);
    return progress;
  }

  /**
   * Brings what {@link advance} could not to its end: the next portion goes when the socket has drained. One after the other,
   * as they share the socket. Never rejects: what cannot be brought to its end ends with the connection.
   */
  async finish(replays: readonly Replay[], portion: Portion): Promise<void> {
    for (const replay of replays) {
      const { connection, channel } = replay.join;
      try {
        if (!(await this.finishOne(replay, portion))) this.breakOff(replay);
      } catch (error) {
        const fields = { connection_id: connection.id, channel, error: describeError(error) };
        this.log.write('error', connection, 'recovery failed', fields);
        this.breakOff(replay);
      }
    }
  }

  private async readAfter(channel: string, position: Position): Promise<Sequel | Loss> {
    const limit = Math.max(1, Math.min(PAGE, this.share.frames));
    return sequelOf(position, await this.backplane.history(channel, { after: position.offset, limit }));
  }

  /** Returns false when what is still missing cannot be had any more. */
  private async finishOne(replay: Replay, portion: Portion): Promise<boolean> {
    const { join } = replay;
    while (!join.isOver) {
      const progress = this.advance(replay, portion);
      if (progress === 'lost') return false;
      if (progress === 'full') {
        await this.drained(join.connection);
        portion.renew();
      } else if (progress === 'behind') {
        const sequel = await this.readAfter(join.channel, replay.position);
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
      socket.terminate(CloseCode.SlowConsumer);
    });
    await drained;
    this.wheel.disarm(deadline);
  }

  /** It was told that it recovers: it comes back, and is told what can be had then. */
  private breakOff({ join }: Replay): void {
    if (join.isOver) return;
    this.metrics.recovery('broken_off');
    join.connection.socket.terminate(CloseCode.InsufficientState);
  }
}
