import { type Dialect, pauseParams } from './dialect.js';

/** Protocol for bare `ws` and uWebSockets.js: the shortest JSON that does the work. */
export const plainJsonDialect: Dialect = {
  path: '/',
  opening: (_token, channels) => [{ after: 0, message: JSON.stringify({ type: 'subscribe', channels }) }],
  framesOfOpening: 1,
  refusal: /"type":"error"/,
  request: (id) => JSON.stringify({ type: 'request', id: `r-${id}`, params: pauseParams }),
  isPing: () => false,
  pong: '',
};
