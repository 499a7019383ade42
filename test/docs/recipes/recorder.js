/** Put before the page's scripts: keeps what they do with their sockets. */
globalThis.opened = 0;
globalThis.closing = 0;
globalThis.ended = 0;
globalThis.sent = [];
globalThis.received = [];
globalThis.WebSocket = new Proxy(globalThis.WebSocket, {
  construct(target, args) {
    const socket = new target(...args);
    globalThis.opened += 1;
    socket.addEventListener('close', () => (globalThis.ended += 1));
    socket.addEventListener('message', ({ data }) => globalThis.received.push(data));
    const close = socket.close.bind(socket);
    socket.close = (...code) => {
      globalThis.closing += 1;
      close(...code);
    };
    const send = socket.send.bind(socket);
    socket.send = (text) => {
      globalThis.sent.push(text);
      send(text);
    };
    return socket;
  },
});
