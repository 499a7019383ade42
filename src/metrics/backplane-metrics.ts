import { Injectable } from '@nestjs/common';
import { InjectMetric } from '@willsoto/nestjs-prometheus';
import type { Counter, Gauge, Histogram } from 'prom-client';
import { MetricName } from './metric-names.js';

/** Why a position was lost: the channel has another epoch, or missed events are no longer kept. */
export type PositionLoss = 'epoch' | 'gap';

/** The way to the engine of the backplane, and what comes of it when events and commands do not arrive. */
@Injectable()
export class BackplaneMetrics {
  constructor(
    @InjectMetric(MetricName.BackplaneInterrupted) private readonly isInterrupted: Gauge,
    @InjectMetric(MetricName.BackplaneInterruptions) private readonly interruptions: Counter,
    @InjectMetric(MetricName.BackplaneReconnects) private readonly reconnects: Counter<'engine'>,
    @InjectMetric(MetricName.BackplaneRoundTrip) private readonly roundTrips: Histogram<'engine'>,
    @InjectMetric(MetricName.CatchUps) private readonly catchUps: Counter,
    @InjectMetric(MetricName.EventsRepaired) private readonly repaired: Counter,
    @InjectMetric(MetricName.PositionsLost) private readonly positionsLost: Counter<'reason'>,
    @InjectMetric(MetricName.CommandsUnconfirmed) private readonly unconfirmed: Counter,
  ) {
    for (const reason of ['epoch', 'gap'] satisfies PositionLoss[]) positionsLost.inc({ reason }, 0);
  }

  interrupted(): void {
    this.isInterrupted.inc();
    this.interruptions.inc();
  }

  restored(): void {
    this.isInterrupted.dec();
  }

  /** The backplane tells it, about once a second for each engine. */
  answered(seconds: number, engine: number): void {
    this.roundTrips.observe({ engine }, seconds);
    // Without the zero before it, Prometheus would not see the first reconnect as an increase.
    this.reconnects.inc({ engine }, 0);
  }

  /** The backplane tells it. */
  reconnected(engine: number): void {
    this.reconnects.inc({ engine });
  }

  /** Counts a channel of which this node begins to read what it missed. */
  catchUpBegun(): void {
    this.catchUps.inc();
  }

  /** Counts events that this node had missed, and read from the history. */
  eventsRepaired(count: number): void {
    this.repaired.inc(count);
  }

  positionLost(reason: PositionLoss): void {
    this.positionsLost.inc({ reason });
  }

  /** Counts a command that failed, as a node did not confirm it. */
  commandUnconfirmed(): void {
    this.unconfirmed.inc();
  }
}
