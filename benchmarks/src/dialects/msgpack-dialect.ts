import { subprotocols } from '@skreaver/protocol';
import { packValue } from '@skreaver/protocol/msgpack';
import { type Dialect, pauseParams } from './dialect.js';

const packed = (message: object): Uint8Array => packValue(message) as Uint8Array;
/** How a ping begins: a map of two, `type`, `ping`. */
const PING_START = '\x82\xa4type\xa4ping';

/** The protocol of `ours` in MessagePack. */
export const msgpackDialect: Dialect = {
  path: '/ws',
  subprotocol: subprotocols.msgpack,
  opening: (_token, channels) => [
    { after: 0, message: packed({ type: 'subscribe', data: { channels }, correlation_id: 's' }) },
  ],
  framesOfOpening: 2,
  refusal: /error/,
  request: (id) =>
    packed({ type: 'request', data: { method: 'agent.pause', params: pauseParams }, correlation_id: `r-${id}` }),
  isPing: (bytes, start, end) =>
    end - start < 64 && bytes.toString('latin1', start, start + PING_START.length) === PING_START,
  pong: packed({ type: 'pong' }),
};
