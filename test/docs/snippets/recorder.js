// As in docs/guide, word for word but for the `export`.
import { pack, unpack } from '@skreaver/protocol/msgpack';

export function recorder(url, onRecording) {
  const ws = new WebSocket(url, 'skreaver.v1.msgpack');
  const send = (message) => ws.send(pack(message));
  ws.binaryType = 'arraybuffer';
  ws.addEventListener('open', () => send({ type: 'subscribe', data: { channels: ['recordings'] } }));
  ws.addEventListener('message', ({ data }) => {
    const decoded = unpack(new Uint8Array(data), 'server');
    if (!decoded.ok) return;
    const { type, data: content } = decoded.message;
    if (type === 'ping') send({ type: 'pong' });
    if (type === 'event') onRecording(content.name, content.audio); // audio is a Uint8Array
  });
  const add = (name, audio) => send({ type: 'request', data: { method: 'recording.add', params: { name, audio } } });
  return { add, close: () => ws.close() };
}
