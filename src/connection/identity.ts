/**
 * The user that a connection was authenticated as. An application adds fields to it by declaration merging, or extends
 * it. `@CurrentIdentity()` passes it to handlers.
 * @example
 * ```ts
 * import type { Identity } from '@skreaver/nestjs-ws';
 *
 * declare module '@skreaver/nestjs-ws' {
 *   interface Identity {
 *     readonly roles?: readonly string[];
 *   }
 * }
 *
 * export const isAdmin = ({ roles }: Identity): boolean => roles?.includes('admin') === true;
 * ```
 */
export interface Identity {
  readonly userId: string;
  /**
   * The end of the session; `expiryGrace` later the connection is closed unless the token was renewed (PROTOCOL §4).
   */
  readonly expiresAt?: Date;
  /**
   * Public data of the user, such as a name to show: any JSON of at most 4,096 characters. Sent to every client that
   * may see the members of a channel with `presence` (PROTOCOL §5). Default: none.
   */
  readonly info?: unknown;
}
