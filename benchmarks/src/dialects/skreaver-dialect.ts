import { type Dialect, pauseParams } from './dialect.js';

const PING_START = '{"type":"ping"';

export const skreaverDialect: Dialect = {
  path: '/ws',
  opening: (_token, channels) => [
    { after: 0, text: JSON.stringify({ type: 'subscribe', data: { channels }, correlation_id: 's' }) },
  ],
  framesOfOpening: 2,
  refusal: /"success":false|"type":"error"/,
  request: (id) =>
    JSON.stringify({
      type: 'request',
      data: { method: 'agent.pause', params: pauseParams },
      correlation_id: `r-${id}`,
    }),
  isPing: (bytes, start, end) =>
    end - start < 64 && bytes.toString('latin1', start, start + PING_START.length) === PING_START,
  pong: '{"type":"pong","data":{}}',
};
