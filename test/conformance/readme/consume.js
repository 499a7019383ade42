// oxlint-disable unicorn/prefer-add-event-listener
// As in the README, word for word but for the `export`.
export function consume(url, channel, handle) {
  const ws = new WebSocket(url);
  const send = (message) => ws.send(JSON.stringify(message));
  const ack = (offset) => send({ type: 'ack', data: { channel, offset } });
  let work = Promise.resolve();
  ws.onopen = () => send({ type: 'subscribe', data: { channels: [{ channel, since: 'acked' }] } });
  ws.onmessage = (message) => {
    const { type, data, metadata } = JSON.parse(message.data);
    if (type === 'ping') send({ type: 'pong' });
    else if (type === 'event') work = work.then(() => handle(data)).then(() => ack(metadata.offset));
    else if (type === 'subscribe_response' && data.positions) {
      const { recovered, offset } = data.positions[channel];
      if (!recovered) ack(offset); // nothing acknowledged yet, or it is gone: from here on
    }
  };
  return ws;
}
