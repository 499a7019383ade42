export { ConnectionHooks } from './connection-hooks.js';
export type { ConnectEvent, DisconnectEvent, SubscriptionEvent } from './hook-events.js';
export { type HookDecorator, OnConnect, OnDisconnect, OnSubscribe, OnUnsubscribe } from './hook.decorators.js';
export { hookProviders } from './hooks.providers.js';
