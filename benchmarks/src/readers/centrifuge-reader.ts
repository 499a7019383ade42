import { Centrifuge } from 'centrifuge';
import type { AgentEvent } from '../server/agent-event.js';
import type { OpenReader } from './reader.js';

export const openCentrifugeReader: OpenReader = async ({ port, token, channel, WebSocket, onEvent, onClosed }) => {
  const client = new Centrifuge(`ws://127.0.0.1:${port}/connection/websocket`, { token, websocket: WebSocket });
  client.on('disconnected', onClosed);
  const subscription = client.newSubscription(channel);
  subscription.on('publication', ({ data }) => onEvent(data as AgentEvent));
  subscription.subscribe();
  client.connect();
  await subscription.ready();
};
