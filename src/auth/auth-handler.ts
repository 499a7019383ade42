import type { Identity } from '../connection/index.js';
import type { Handshake } from '../transport/index.js';

/** What a permission is asked for. `history` and `presence` belong to requests of the same names (protocol §4). */
export type ChannelAction = 'subscribe' | 'publish' | 'history' | 'presence';

/**
 * What an application implements to say who a client is and what it may do; also the injection token:
 * `{ provide: AuthHandler, useClass: JwtAuthHandler }`, or `authHandler` in the module's options.
 */
export abstract class AuthHandler {
  /**
   * Checks a token. The client learns only that it was refused, never why.
   * @returns the user's id, or an {@link Identity} to give an expiry or more of your own, which {@link checkPermission} gets
   * @throws AuthenticationUnavailableError when it cannot be told now whether the token is good
   * @throws anything else, to refuse the token
   */
  abstract authenticate(token: string, handshake: Handshake): string | Identity | Promise<string | Identity>;

  /**
   * Says whether a user may do something in a channel. A throw counts as no, and so does no answer within `authTimeout`.
   * @param identity of the connection that asks, as {@link authenticate} returned it: what its token says of rights holds
   * for this connection and for no other of the user
   * @throws AuthenticationUnavailableError when it cannot be told now. That is no verdict: the client gets `UNAVAILABLE`, and
   * what was granted before stays, also where it is asked again after a renewal
   */
  abstract checkPermission(
    userId: string,
    channel: string,
    action: ChannelAction,
    identity: Identity,
  ): boolean | Promise<boolean>;
}
