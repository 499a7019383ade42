// oxlint-disable unicorn/prefer-add-event-listener
// As in the README, word for word but for the `export`.
export function follow(url, channel, { onEvent, reload }) {
  let since; // the position of the last event that was handled
  let attempts = 0;

  function connect() {
    const ws = new WebSocket(url);
    ws.onopen = () => ws.send(JSON.stringify({ type: 'subscribe', data: { channels: [{ channel, since }] } }));
    ws.onmessage = (message) => {
      const { type, data, metadata } = JSON.parse(message.data);
      if (type === 'ping') ws.send(JSON.stringify({ type: 'pong' }));
      else if (type === 'event' && metadata.channel === channel) {
        onEvent(data);
        since = { epoch: metadata.epoch, offset: metadata.offset };
      } else if (type === 'subscribe_response' && data.positions) {
        attempts = 0;
        const { recovered, ...position } = data.positions[channel];
        if (recovered) return; // what was missed comes next
        since = position; // new here, or away for too long: events begin after this position
        reload(); // so fetch the state from your API
      }
    };
    ws.onclose = ({ code, reason }) => {
      if (code === 1000 || code >= 4500) return;
      const hint = Number(reason.split('retry_after_ms=')[1] ?? 0);
      setTimeout(connect, hint + Math.random() * Math.min(30_000, 1000 * 2 ** attempts++));
    };
  }

  connect();
}
