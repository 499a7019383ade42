/** Exits with 0 if the server in this container is alive. The image has neither a shell nor curl. */
const { SKREAVER_WS_PORT, PORT } = process.env;
const port = [SKREAVER_WS_PORT, PORT].find((text) => /^\d+$/.test(text ?? '')) ?? 8080;
const alive = await fetch(`http://127.0.0.1:${port}/health/live`, { signal: AbortSignal.timeout(4000) }).then(
  ({ ok }) => ok,
  () => false,
);
process.exit(alive ? 0 : 1);
