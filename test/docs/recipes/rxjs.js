import { EMPTY, filter, map, repeat, retry, timer } from 'rxjs';
import { webSocket } from 'rxjs/webSocket';
import { isFinal, pause } from './reconnect.js';

export function updates(url) {
  let attempt = 0;
  let lost = {}; // the last close
  const socket = webSocket({
    url: `${url}?heartbeat=frame`,
    openObserver: {
      next() {
        attempt = 0;
        lost = {};
        socket.next({ type: 'subscribe', data: { channels: ['agent-updates'] } });
      },
    },
    closeObserver: { next: (event) => (lost = event) },
  });
  const again = { delay: () => (isFinal(lost) ? EMPTY : timer(pause(lost, attempt++))) };
  return socket.pipe(
    repeat(again), // after a close frame the socket completes
    retry(again), // a connection that was cut or refused is an error
    filter(({ type, metadata }) => type === 'event' && !metadata.kind),
    map(({ data }) => data),
  );
}
