/** Who a connection was authenticated as. An application may extend it; `@CurrentIdentity()` hands it to handlers. */
export interface Identity {
  readonly userId: string;
  /** When the session ends; `expiryGrace` later the connection is closed unless the token was renewed (protocol §4). */
  readonly expiresAt?: Date;
}
