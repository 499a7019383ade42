import type { Provider } from '@nestjs/common';
import { OpenChannels } from './channel/open-channels.js';
import { ClusterNode } from './publish/cluster-node.js';
import { DirectEvents } from './publish/direct-events.js';
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
  ClusterNode,
  PublishGate,
  PublicationQueue,
  Publisher,
  DirectEvents,
  Acknowledgements,
  RecoveryService,
  HistoryReader,
];
