export {
  type FoundProvider,
  type ProviderMethod,
  isSingleton,
  labelOf,
  methodsOf,
  providersOf,
} from './provider-methods.js';
