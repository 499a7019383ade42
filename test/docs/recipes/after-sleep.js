const url = async () => {
  const response = await fetch('/token'); // your own route, with the session cookie of the page
  if (!response.ok) throw new Error(`no token: ${response.status}`);
  return `wss://example.com/ws?token=${await response.text()}`;
};

follow(url, 'agent:7', { onEvent, reload, onEnd });
