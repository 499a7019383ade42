import { stayConnected } from './stay-connected.js';

// As in docs/guide, word for word but for the `export`.
export function consume(url, channel, handle, onEnd) {
  let work = Promise.resolve();
  const begin = (link) => {
    const ack = (offset) => link.send({ type: 'ack', data: { channel, offset } });
    const take = async (data, metadata) => {
      if (link.isOver) return; // it comes again
      if (!metadata.kind) await handle(data); // otherwise not data, such as the place of an event that is kept from this user
      ack(metadata.offset);
    };
    link.send({ type: 'subscribe', data: { channels: [{ channel, since: 'acked' }] }, correlation_id: 'consume' });
    return ({ type, data, metadata, correlation_id }) => {
      if (type === 'event' && metadata.channel === channel) {
        work = work
          .then(() => take(data, metadata))
          .catch((error) => {
            console.error(error);
            link.retry(); // from the last acknowledged event on
          });
      } else if (type === 'subscribe_response') {
        if (data.failed && correlation_id === 'consume') link.refused(data.failed[0].code);
        const { recovered, offset } = data.positions?.[channel] ?? { recovered: true }; // else of other channels
        if (!recovered) ack(offset); // nothing acknowledged yet, or it is gone: from here on
      } else if (type === 'unsubscribe_response') {
        if (data.unsubscribed.includes(channel)) link.end(data.reason);
      } else if (type === 'error') link.retry();
    };
  };
  return stayConnected(url, begin, onEnd);
}
