import { useRef } from 'react';
import library from 'react-use-websocket';
import { isFinal, pause } from './reconnect.js';

const useWebSocket = library.default ?? library; // a CommonJS package, of which bundlers make one or the other

export function useUpdates(url, take) {
  const lost = useRef({}); // the last close
  return useWebSocket(`${url}?heartbeat=frame`, {
    heartbeat: {
      message: '{"type":"ping"}',
      returnMessage: '{"type":"pong"}',
      interval: 30_000,
      timeout: 40_000,
    },
    shouldReconnect: (event) => !isFinal(event),
    reconnectAttempts: Infinity,
    reconnectInterval: (attempt) => pause(lost.current, attempt),
    onOpen: ({ target }) => {
      target.send(JSON.stringify({ type: 'subscribe', data: { channels: ['agent-updates'] } }));
    },
    onMessage: ({ data }) => {
      const message = JSON.parse(data);
      if (message.type === 'event' && !message.metadata.kind) take(message.data);
    },
    onClose: (event) => (lost.current = event),
  });
}
