import type { Provider } from '@nestjs/common';
import { NodeId } from './node-id.js';

export const nodeProviders: Provider[] = [{ provide: NodeId, useFactory: () => new NodeId() }];
