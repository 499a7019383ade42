import { plainJsonDialect } from '../dialects/plain-json-dialect.js';
import type { AgentEvent } from '../server/agent-event.js';
import type { OpenReader } from './reader.js';

/** No library: the browser's `WebSocket` and `JSON.parse`. The token is in the query, as browsers send no header of a page. */
export const openPlainPageReader: OpenReader = async ({ port, token, channel, onEvent, onClosed }) => {
  const socket = new WebSocket(`ws://127.0.0.1:${port}${plainJsonDialect.path}?access_token=${token}`);
  socket.addEventListener('close', onClosed);
  const next = (type: 'open' | 'message'): Promise<unknown> =>
    new Promise((resolve) => socket.addEventListener(type, resolve, { once: true }));
  await next('open');
  for (const { message } of plainJsonDialect.opening(token, [channel])) socket.send(message);
  await next('message');
  socket.addEventListener('message', ({ data }) =>
    onEvent((JSON.parse(data as string) as { readonly data: AgentEvent }).data),
  );
};
