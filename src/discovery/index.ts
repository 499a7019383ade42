export { type FoundProvider, type ProviderMethod, isSingleton, labelOf, methodsOf } from './provider-methods.js';
export { ProviderScan } from './provider-scan.js';
