/** How long a request may wait, and what gives it up. */
export interface RequestOptions {
  /** Milliseconds for all of it: waiting for the connection, and the answer. Default: the client's `requestTimeout`. */
  readonly timeout?: number | undefined;
  /** Cancels the request on the server too. The call rejects with the reason of the signal. */
  readonly signal?: AbortSignal | undefined;
  /** Rejects at once when there is no connection, instead of waiting for one. Default: false. */
  readonly volatile?: boolean | undefined;
}
