import { io } from 'socket.io-client';
import type { OpenReader } from './reader.js';

/** It finds its WebSocket itself. */
export const openSocketIoReader: OpenReader = async ({ port, token, channel, onEvent, onClosed }) => {
  const socket = io(`http://127.0.0.1:${port}`, { transports: ['websocket'], auth: { token } });
  socket.on('event', onEvent);
  socket.on('disconnect', onClosed);
  await socket.emitWithAck('subscribe', [channel]);
};
