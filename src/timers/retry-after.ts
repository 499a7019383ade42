/** Time in ms after which a client tries again where nothing tells a better one: a full, busy or restarting server. */
export const RETRY_AFTER_MS = 5000;
