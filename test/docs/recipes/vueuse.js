import { useWebSocket } from '@vueuse/core';
import { isFinal, pause } from './reconnect.js';

export function useUpdates(url, take) {
  let lost; // the last close
  return useWebSocket(`${url}?heartbeat=frame`, {
    heartbeat: {
      message: '{"type":"ping"}',
      responseMessage: '{"type":"pong"}',
      interval: 30_000,
      pongTimeout: 10_000,
    },
    autoReconnect: {
      retries: () => !isFinal(lost),
      delay: (attempt) => pause(lost, attempt),
    },
    onConnected: (ws) => ws.send(JSON.stringify({ type: 'subscribe', data: { channels: ['agent-updates'] } })),
    onMessage(_ws, { data }) {
      const message = JSON.parse(data);
      if (message.type === 'event' && !message.metadata.kind) take(message.data);
    },
    onDisconnected: (_ws, event) => (lost = event),
  });
}
