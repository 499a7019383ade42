// As in docs/guide, word for word but for the `export`.
export async function answer(ws, { type, data, correlation_id, metadata }, ask) {
  if (type !== 'event' || correlation_id === undefined || metadata.kind) return; // not a question
  const approved = await ask(data.question); // your dialog; `confirm()` would hold up the pongs too
  ws.send(JSON.stringify({ type: 'ack', correlation_id, data: { approved } }));
}
