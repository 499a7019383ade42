/** Of a page: subscribes, and reports a digest of each event's text once it has so many, or when the connection ends. */
const { searchParams } = new URL(location.href);
const count = Number(searchParams.get('count'));
const socket = new WebSocket(searchParams.get('socket'));
const digests = [];

async function digest(text) {
  const bytes = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text));
  return Array.from(new Uint8Array(bytes), (byte) => byte.toString(16).padStart(2, '0')).join('');
}

async function report() {
  const body = JSON.stringify({ extensions: socket.extensions, digests: await Promise.all(digests) });
  await fetch('/report', { method: 'POST', body });
}

socket.addEventListener('open', () => {
  const metadata = { note: 'long enough to be compressed '.repeat(50) };
  socket.send(JSON.stringify({ type: 'subscribe', data: { channels: ['events'] }, metadata }));
});
socket.addEventListener('message', ({ data }) => {
  const message = JSON.parse(data);
  if (message.type !== 'event') return;
  digests.push(digest(message.data));
  if (digests.length === count) void report();
});
socket.addEventListener('close', () => void report());
