import { type Dialect, pauseParams } from './dialect.js';

/** The `{event, data}` of Nest's `WsAdapter`. */
export const stockNestDialect: Dialect = {
  path: '/',
  opening: (_token, channels) => [{ after: 0, message: JSON.stringify({ event: 'subscribe', data: { channels } }) }],
  framesOfOpening: 1,
  refusal: /"event":"exception"/,
  request: (id) => JSON.stringify({ event: 'agent.pause', data: { id: `r-${id}`, ...pauseParams } }),
  isPing: () => false,
  pong: '',
};
