/** @module React hooks for the client of Skreaver WS. */
export { SkreaverProvider, type SkreaverProviderProps, useClient } from './client-context.js';
export type { Coalesce } from './coalesce.js';
export type { Register, RegisteredContract } from './register.js';
export { type ChannelOptions, type ChannelSnapshot, useChannel } from './use-channel.js';
export { useConnection } from './use-connection.js';
export { usePresence } from './use-presence.js';
export { type QuestionsSnapshot, useQuestions } from './use-questions.js';
export { type RequestSnapshot, type RunOptions, useRequest } from './use-request.js';
export { type StreamHookOptions, type StreamSnapshot, useStream } from './use-stream.js';
export { type SubscriptionHookOptions, useSubscription } from './use-subscription.js';
