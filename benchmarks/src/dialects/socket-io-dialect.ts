import { type Dialect, pauseParams } from './dialect.js';

const PING = '2'.charCodeAt(0);

/** Engine.IO 4, Socket.IO protocol 5: `40` connects, `42` is an event, and a number after it is the ack id. */
export const socketIoDialect: Dialect = {
  path: '/socket.io/?EIO=4&transport=websocket',
  opening: (token, channels) => [
    { after: 1, message: `40${JSON.stringify({ token })}` },
    { after: 2, message: `420${JSON.stringify(['subscribe', channels])}` },
  ],
  framesOfOpening: 3,
  refusal: /^44/,
  request: (id) => `42${id}${JSON.stringify(['agent.pause', pauseParams])}`,
  isPing: (bytes, start, end) => end - start === 1 && bytes[start] === PING,
  pong: '3',
};
