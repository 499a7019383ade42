/** Whether the server has ended the connection for good. 1000 and 1001 come from a proxy; 1005 and 1006 mean a cut. */
export const isFinal = ({ code }) => code >= 4500 || (code > 1001 && code < 1010 && code !== 1005 && code !== 1006);

/** Milliseconds to wait: the server's hint, and a backoff with jitter. */
export const pause = ({ reason = '' }, attempt) =>
  Number(reason.split('retry_after_ms=')[1] ?? 0) + Math.random() * Math.min(30_000, 1000 * 2 ** attempt);
