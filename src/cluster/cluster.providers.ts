import type { Provider } from '@nestjs/common';
import { ClusterStatus } from './cluster-status.js';
import { NodeReporter } from './node-reporter.js';

export const clusterProviders: Provider[] = [NodeReporter, ClusterStatus];
