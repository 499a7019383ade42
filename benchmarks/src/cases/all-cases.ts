import { accepting, acceptingWithAddressLimit } from './accepting.js';
import type { BenchCase } from './bench-case.js';
import { compressedBroadcast } from './compressed-broadcast.js';
import { growthOfChannels, growthOfSubscribers } from './growth.js';
import { idleMemory, idleMemoryOfSmallYoungGeneration } from './idle-memory.js';
import { largeBroadcast } from './large-broadcast.js';
import { latencyOfManyChannels, latencyOfOneChannel } from './latency.js';
import { msgpackBroadcast } from './msgpack-broadcast.js';
import { burstsOfTen, singlePublishes } from './plain-broadcast.js';
import { reading, readingInPage } from './reading.js';
import { recoveryStorm } from './recovery-storm.js';
import { requests } from './requests.js';
import { saturation } from './saturation.js';
import { manyChannelsOnNodes, oneChannelOnNodes } from './nodes.js';
import type { Scale } from './scale.js';
import { spacingForFourThousand, spacingForTenThousand } from './spacing.js';
import { burstsOfTenOverTls, singlePublishesOverTls } from './tls-broadcast.js';

const makers: readonly ((scale: Scale) => BenchCase)[] = [
  singlePublishes,
  burstsOfTen,
  saturation,
  compressedBroadcast,
  requests,
  idleMemory,
  idleMemoryOfSmallYoungGeneration,
  accepting,
  latencyOfManyChannels,
  latencyOfOneChannel,
  growthOfSubscribers,
  growthOfChannels,
  largeBroadcast,
  spacingForTenThousand,
  spacingForFourThousand,
  singlePublishesOverTls,
  burstsOfTenOverTls,
  msgpackBroadcast,
  oneChannelOnNodes,
  manyChannelsOnNodes,
  recoveryStorm,
  acceptingWithAddressLimit,
  reading,
  readingInPage,
];

export const casesAt = (scale: Scale): readonly BenchCase[] => makers.map((make) => make(scale));
