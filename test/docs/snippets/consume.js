import { stayConnected } from './stay-connected.js';

// As in docs/guide, word for word but for the `export`.
export function consume(url, channel, handle, onEnd) {
  let work = Promise.resolve();
  const begin = (link) => {
    const ack = (offset) => link.send({ type: 'ack', data: { channel, offset } });
    const take = async (data, offset) => {
      if (link.isOver) return; // it comes again
      await handle(data);
      ack(offset);
    };
    link.send({ type: 'subscribe', data: { channels: [{ channel, since: 'acked' }] } });
    return ({ type, data, metadata }) => {
      if (type === 'event' && metadata.channel === channel) {
        work = work
          .then(() => take(data, metadata.offset))
          .catch((error) => {
            console.error(error);
            link.retry(); // from the last acknowledged event on
          });
      } else if (type === 'subscribe_response' && data.failed) link.refused(data.failed[0].code);
      else if (type === 'subscribe_response') {
        const { recovered, offset } = data.positions[channel];
        if (!recovered) ack(offset); // nothing acknowledged yet, or it is gone: from here on
      } else if (type === 'unsubscribe_response') link.end(data.reason);
      else if (type === 'error') link.retry();
    };
  };
  return stayConnected(url, begin, onEnd);
}
