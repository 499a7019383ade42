// As in the README, word for word but for the `export`.
export function answer(ws, { type, data, correlation_id }) {
  if (type !== 'event' || correlation_id === undefined) return; // not a question
  ws.send(JSON.stringify({ type: 'ack', correlation_id, data: { approved: confirm(data.question) } }));
}
