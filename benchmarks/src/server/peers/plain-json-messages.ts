import type { PauseAgentParams } from './pause-agent.js';

/** Messages of the clients of `ws` and uWebSockets.js. */
export type PlainJsonMessage =
  | { readonly type: 'subscribe'; readonly channels: readonly string[] }
  | { readonly type: 'request'; readonly id: string; readonly params: PauseAgentParams };

export const pauseAnswer = (id: string, { agent, seconds }: PauseAgentParams, user: string): string =>
  JSON.stringify({ type: 'response', id, result: { agent, seconds, by: user } });
