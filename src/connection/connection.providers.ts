import type { Provider } from '@nestjs/common';
import { ConnectionRegistry } from './connection-registry.js';
import { ConnectionTable } from './connection-table.js';

export const connectionProviders: Provider[] = [ConnectionTable, ConnectionRegistry];
