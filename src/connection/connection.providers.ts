import type { Provider } from '@nestjs/common';
import { ClusterAddressLimit } from './cluster-address-limit.js';
import { ConnectionRegistry } from './connection-registry.js';
import { ConnectionRouter } from './connection-router.js';
import { ConnectionTable } from './connection-table.js';

export const connectionProviders: Provider[] = [
  ConnectionTable,
  ClusterAddressLimit,
  ConnectionRouter,
  ConnectionRegistry,
];
