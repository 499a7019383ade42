/** Who a connection was authenticated as. An application may extend it; `@CurrentIdentity()` hands it to handlers. */
export interface Identity {
  readonly userId: string;
  /** When the session ends; `expiryGrace` later the connection is closed unless the token was renewed (protocol §4). */
  readonly expiresAt?: Date;
  /**
   * What others may know of the user, such as a name to show: anything that is JSON, of at most 4,096 characters. It is told
   * to whoever may see the members of a channel with `presence` (protocol §5). Default: nothing.
   */
  readonly info?: unknown;
}
