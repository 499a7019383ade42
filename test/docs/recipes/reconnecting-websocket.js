import ReconnectingWebSocket from 'reconnecting-websocket';
import { isFinal, pause } from './reconnect.js';

export function connect(url, take) {
  let lost; // the last close
  const nextUrl = async () => {
    if (lost) await new Promise((resolve) => setTimeout(resolve, pause(lost, socket.retryCount)));
    return url; // or fetch a new token for it here
  };
  const options = { minReconnectionDelay: 0, maxEnqueuedMessages: 0 };
  const socket = new ReconnectingWebSocket(nextUrl, [], options);
  socket.onclose = (event) => {
    lost = event;
    if (isFinal(event)) socket.close();
  };
  socket.onopen = () => {
    socket.send(JSON.stringify({ type: 'subscribe', data: { channels: ['agent-updates'] } }));
  };
  socket.onmessage = ({ data }) => {
    const message = JSON.parse(data);
    if (message.type === 'ping') socket.send(JSON.stringify({ type: 'pong' }));
    if (message.type === 'event' && !message.metadata.kind) take(message.data);
  };
  return socket;
}
