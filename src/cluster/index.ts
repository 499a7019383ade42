export { clusterProviders } from './cluster.providers.js';
export { ClusterStatus } from './cluster-status.js';
export { NodeReporter } from './node-reporter.js';
export type { ClusterView, NodeStatus } from './node-status.js';
