import { createClient } from '@skreaver/client';
import type { AgentEvent } from '../server/agent-event.js';
import type { OpenReader } from './reader.js';

interface Agents {
  channels: Record<string, { event: AgentEvent }>;
}

export const openSkreaverReader: OpenReader = async ({ port, token, channel, WebSocket, onEvent, onClosed }) => {
  const client = createClient<Agents>({ url: `ws://127.0.0.1:${port}/ws`, token, WebSocket });
  client.on('state', ({ state }) => state.status !== 'connected' && state.status !== 'connecting' && onClosed());
  await client.subscribe(channel, { onEvent: ({ data }) => onEvent(data) }).ready();
};
