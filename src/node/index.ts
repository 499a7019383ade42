export { NodeId } from './node-id.js';
export { nodeProviders } from './node.providers.js';
export { VERSION } from './version.js';
