import type { PeerName } from '../server/peers/peer-server.js';
import { centrifugoDialect } from './centrifugo-dialect.js';
import type { Dialect } from './dialect.js';
import { plainJsonDialect } from './plain-json-dialect.js';
import { skreaverDialect } from './skreaver-dialect.js';
import { socketIoDialect } from './socket-io-dialect.js';
import { stockNestDialect } from './stock-nest-dialect.js';

export const dialectOf: Readonly<Record<PeerName, Dialect>> = {
  ours: skreaverDialect,
  baseline: skreaverDialect,
  ws: plainJsonDialect,
  uws: plainJsonDialect,
  'socket.io': socketIoDialect,
  nest: stockNestDialect,
  centrifugo: centrifugoDialect,
};
