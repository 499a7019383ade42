import { type Dialect, pauseParams } from './dialect.js';

/** Centrifugo's client protocol in JSON; a ping is an empty object. */
export const centrifugoDialect: Dialect = {
  path: '/connection/websocket',
  opening: (token, [channel = '']) => [
    { after: 0, message: JSON.stringify({ id: 1, connect: { token } }) },
    { after: 1, message: JSON.stringify({ id: 2, subscribe: { channel } }) },
  ],
  framesOfOpening: 2,
  refusal: /"error"/,
  request: (id) => JSON.stringify({ id: id + 3, rpc: { method: 'agent.pause', data: pauseParams } }),
  isPing: (_bytes, start, end) => end - start === 2,
  pong: '{}',
};
