/* global CONTROL, CLIENT, CHANNEL, follow, consume */
/** Runs behind the guide's clients, in whatever has a WebSocket, and reports what they do, in order. */
Math.random = () => 0.1; // so that nobody waits for long
let reports = Promise.resolve();
const tell = (...line) => {
  reports = reports.then(() => fetch(`${CONTROL}/report`, { method: 'POST', body: JSON.stringify(line) }));
};
const url = async () => (await fetch(`${CONTROL}/url`)).text();
const onEnd = (why) => tell('end', why);
let thrown = false;

const handle = (data) => {
  tell('handled', data);
  if (data !== 'hard' || thrown) return;
  thrown = true;
  throw new Error('too hard, the first time');
};

const onEvent = (data) => {
  tell('event', data);
  if (data !== 'stop') return;
  stop();
  setTimeout(() => tell('stopped'), 1500);
};

const stop =
  CLIENT === 'follow'
    ? follow(url, CHANNEL, { onEvent, reload: () => tell('reload'), onEnd })
    : consume(url, CHANNEL, handle, onEnd);
