import { stayConnected } from './stay-connected.js';

// As in docs/guide, word for word but for the `export`.
export function follow(url, channel, { onEvent, reload, onEnd }) {
  let since; // the position of the last event that was handled
  const begin = (link) => {
    link.send({ type: 'subscribe', data: { channels: [{ channel, since }] } });
    return ({ type, data, metadata }) => {
      if (type === 'event' && metadata.channel === channel) {
        onEvent(data);
        since = { epoch: metadata.epoch, offset: metadata.offset };
      } else if (type === 'subscribe_response' && data.failed) link.refused(data.failed[0].code);
      else if (type === 'subscribe_response') {
        const { recovered, ...position } = data.positions[channel];
        if (recovered) return; // what was missed comes next
        since = position; // new here, or away for too long: events begin after this position
        reload(); // so fetch the state from your API
      } else if (type === 'unsubscribe_response')
        link.end(data.reason); // the right was taken away
      else if (type === 'error') link.retry(); // not subscribed
    };
  };
  return stayConnected(url, begin, onEnd);
}
