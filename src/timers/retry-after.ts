/** The default time in ms after which a client tries again: after a full, busy or restarting server. */
export const RETRY_AFTER_MS = 5000;
