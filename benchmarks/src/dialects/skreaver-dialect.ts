import { type ChannelPosition, type Dialect, pauseParams } from './dialect.js';

interface SubscribeResponse {
  /** Positions are those of channels with history; absent without any. */
  readonly data: { readonly positions?: Readonly<Record<string, ChannelPosition>> };
}

const PING_START = '{"type":"ping"';

export const skreaverDialect: Dialect = {
  path: '/ws',
  opening: (_token, channels, since) => {
    const items = since === undefined ? channels : channels.map((channel) => ({ channel, since }));
    return [
      { after: 0, message: JSON.stringify({ type: 'subscribe', data: { channels: items }, correlation_id: 's' }) },
    ];
  },
  framesOfOpening: 2,
  refusal: /"success":false|"type":"error"/,
  request: (id) =>
    JSON.stringify({
      type: 'request',
      data: { method: 'agent.pause', params: pauseParams },
      correlation_id: `r-${id}`,
    }),
  positionIn: (answer, channel) => (JSON.parse(answer) as SubscribeResponse).data.positions?.[channel],
  isPing: (bytes, start, end) =>
    end - start < 64 && bytes.toString('latin1', start, start + PING_START.length) === PING_START,
  pong: '{"type":"pong","data":{}}',
};
