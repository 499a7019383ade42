import type { Provider } from '@nestjs/common';
import { OpenChannels } from './channel/open-channels.js';
import { Arrivals } from './node/arrivals.js';
import { CatchUps } from './node/catch-ups.js';
import { ClusterNode } from './node/cluster-node.js';
import { LostPositions } from './node/lost-positions.js';
import { PositionCheck } from './node/position-check.js';
import { DirectEvents } from './publish/direct-events.js';
import { Everyone } from './publish/everyone.js';
import { FanOut } from './publish/fan-out.js';
import { PublicationQueue } from './publish/publication-queue.js';
import { PublishGate } from './publish/publish-gate.js';
import { Publisher } from './publish/publisher.js';
import { Acknowledgements } from './recovery/acknowledgements.js';
import { HistoryReader } from './recovery/history-reader.js';
import { RecoveryService } from './recovery/recovery-service.js';

export const deliveryProviders: Provider[] = [
  OpenChannels,
  FanOut,
  LostPositions,
  CatchUps,
  Arrivals,
  PositionCheck,
  ClusterNode,
  PublishGate,
  Everyone,
  PublicationQueue,
  Publisher,
  DirectEvents,
  Acknowledgements,
  RecoveryService,
  HistoryReader,
];
