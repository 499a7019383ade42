/** The default time in ms after which clients of a full, busy or restarting server are told to try again. */
export const RETRY_AFTER_MS = 5000;
