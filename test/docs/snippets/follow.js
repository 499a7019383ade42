import { stayConnected } from './stay-connected.js';

// As in docs/guide, word for word but for the `export`.
export function follow(url, channel, { onEvent, reload, onEnd }) {
  let since; // the position of the last event that was handled
  const begin = (link) => {
    link.send({ type: 'subscribe', data: { channels: [{ channel, since }] }, correlation_id: 'follow' });
    return ({ type, data, metadata, correlation_id }) => {
      if (type === 'event' && metadata.channel === channel) {
        if (!metadata.kind) onEvent(data); // otherwise not data, such as the place of an event that is kept from this user
        since = { epoch: metadata.epoch, offset: metadata.offset };
      } else if (type === 'subscribe_response') {
        if (data.failed && correlation_id === 'follow') link.refused(data.failed[0].code);
        const { recovered, ...position } = data.positions?.[channel] ?? { recovered: true }; // else of other channels
        if (recovered) return; // what was missed comes next
        since = position; // new here, away for too long, or the server has lost events: they begin after this position
        reload(); // so fetch the state from your API
      } else if (type === 'unsubscribe_response') {
        if (data.unsubscribed.includes(channel)) link.end(data.reason); // the right was taken away
      } else if (type === 'error') link.retry(); // not subscribed
    };
  };
  return stayConnected(url, begin, onEnd);
}
