import { once } from 'node:events';
import { WebSocket } from 'ws';
import { plainJsonDialect } from '../dialects/plain-json-dialect.js';
import type { AgentEvent } from '../server/agent-event.js';
import type { OpenReader } from './reader.js';

/** No library: `ws` and `JSON.parse`. */
export const openPlainReader: OpenReader = async ({ port, token, channel, onEvent, onClosed }) => {
  const socket = new WebSocket(`ws://127.0.0.1:${port}${plainJsonDialect.path}`, {
    headers: { Authorization: `Bearer ${token}` },
  });
  socket.on('close', onClosed);
  await once(socket, 'open');
  for (const { message } of plainJsonDialect.opening(token, [channel])) socket.send(message);
  await once(socket, 'message');
  socket.on('message', (text: Buffer) => onEvent((JSON.parse(text.toString()) as { readonly data: AgentEvent }).data));
};
