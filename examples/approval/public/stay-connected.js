function stayConnected(url, begin, onEnd = console.error) {
  let attempts = 0;
  let timer; // until a silent connection counts as dead, or until the next one
  let link;

  async function connect() {
    const began = Date.now();
    let ws;
    let take;
    const here = (link = {
      isOver: false,
      send: (message) => ws.send(JSON.stringify(message)),
      close() {
        here.isOver = true;
        clearTimeout(timer);
        ws?.close();
      },
      end(why) {
        here.close();
        onEnd(why);
      },
      refused(code) {
        if (code === 'UNAVAILABLE' || code === 'INTERNAL_ERROR')
          here.retry(); // the server's own trouble, which passes
        else here.end(code);
      },
      retry({ code, reason = '' } = {}) {
        if (here.isOver) return;
        if (isFinal(code)) return here.end(`${code} ${reason}`);
        here.close();
        if (Date.now() - began > 60_000) attempts = 0;
        const hint = Number(reason.split('retry_after_ms=')[1] ?? 0);
        timer = setTimeout(connect, hint + Math.random() * Math.min(30_000, 1000 * 2 ** attempts++));
      },
    });
    const listen = () => {
      clearTimeout(timer);
      timer = setTimeout(here.retry, 45_000); // the server pings every 30 s, and may be 10 s late
    };
    listen();
    try {
      const address = typeof url === 'function' ? await url() : url;
      if (here.isOver) return;
      ws = new WebSocket(address);
    } catch {
      return here.retry(); // no token at the moment
    }
    ws.onopen = () => (take = begin(here));
    ws.onmessage = ({ data }) => {
      if (here.isOver) return;
      listen();
      const message = JSON.parse(data);
      if (message.type === 'ping') here.send({ type: 'pong' });
      else take(message);
    };
    ws.onerror = ws.onclose = here.retry; // Node 22 says only `error` where a connection is refused
  }

  connect();
  return () => link.close();
}

// 1000 and 1001 come from a proxy; 1005 and 1006 mean a cut
const isFinal = (code) => code >= 4500 || (code > 1001 && code < 1010 && code !== 1005 && code !== 1006);
