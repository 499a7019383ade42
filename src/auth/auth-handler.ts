import type { Identity } from '../connection/index.js';
import type { DefaultChannel } from './default-channel.js';
import type { Handshake, UpgradeHandshake } from '../transport/index.js';

/**
 * The action that a permission is asked for. `history` and `presence` belong to requests of the same names (PROTOCOL
 * §4).
 */
export type ChannelAction = 'subscribe' | 'publish' | 'history' | 'presence';

/**
 * Identifies clients and decides what they may do. The application implements it; the class is the injection token too:
 * `{ provide: AuthHandler, useClass: JwtAuthHandler }`, or `authHandler` in the module's options.
 * @example
 * ```ts
 * import { AuthHandler, type ChannelAction } from '@skreaver/nestjs-ws';
 *
 * const users = new Map([['token-of-alice', 'alice']]);
 *
 * export class Tokens extends AuthHandler {
 *   authenticate(token: string): string {
 *     const userId = users.get(token);
 *     if (userId === undefined) throw new Error('unknown token');
 *     return userId;
 *   }
 *
 *   checkPermission(userId: string, channel: string, action: ChannelAction): boolean {
 *     return channel === `user:${userId}` || (channel === 'news' && action !== 'publish');
 *   }
 * }
 * ```
 */
export abstract class AuthHandler {
  /**
   * The actions that {@link checkPermission} knows. Any other one is refused with `PERMISSION_DENIED` and is not asked
   * for, so an action that a later version brings is closed until you list it. Default: `subscribe`, `publish`,
   * `history` and `presence`. PROTOCOL §4.
   */
  declare readonly actions?: readonly ChannelAction[];

  /**
   * Checks a token. The client learns only that it was refused, never why.
   * @returns the user's id, or an {@link Identity} to give an expiry or more of your own, which {@link checkPermission}
   * gets
   * @throws AuthenticationUnavailableError when the token cannot be checked now
   * @throws anything else, to refuse the token
   */
  abstract authenticate(token: string, handshake: Handshake): string | Identity | Promise<string | Identity>;

  /**
   * Identifies a client that brings no token: by a session cookie, the certificate of its TLS connection, or what a
   * trusted proxy says. Optional, and called once for each such handshake. It holds to the limits of
   * {@link authenticate}, and cannot be combined with `allowedOrigins: ['*']`.
   * @param handshake with cookies and certificate, which the server does not keep after the call
   * @returns `undefined` when it identifies nobody: the client may still send an `auth` message
   * @throws AuthenticationUnavailableError when it cannot be checked now
   * @throws anything else, to refuse the client
   * @example
   * ```ts
   * import { AuthHandler, type UpgradeHandshake } from '@skreaver/nestjs-ws';
   *
   * export class Certificates extends AuthHandler {
   *   override authenticateHandshake({ peerCertificate }: UpgradeHandshake): string | undefined {
   *     const name = peerCertificate?.subject.CN;
   *     return typeof name === 'string' ? name : undefined;
   *   }
   *   authenticate(): string {
   *     throw new Error('certificates only');
   *   }
   *   checkPermission(): boolean {
   *     return true;
   *   }
   * }
   * ```
   */
  authenticateHandshake?(
    handshake: UpgradeHandshake,
  ): string | Identity | undefined | Promise<string | Identity | undefined>;

  /**
   * Names the channels that every connection of a user is subscribed to: at its connect, before its first message is
   * taken, and after each renewal. Optional. {@link checkPermission} is not asked for `subscribe` in these channels, as
   * long as the latest call names them. Called after {@link authenticate} or {@link authenticateHandshake}, within the
   * same limits. PROTOCOL §4.
   * @returns at most 1,000 channels. One that cannot be subscribed to is reported to the client in `failed`
   * @throws AuthenticationUnavailableError, or anything else, when it cannot be said now: the client is not let in, and
   * tries again; a renewal leaves the session as it is
   * @example
   * ```ts
   * import { AuthHandler, type DefaultChannel, type Identity } from '@skreaver/nestjs-ws';
   *
   * export class Tenants extends AuthHandler {
   *   override defaultChannels({ userId }: Identity): DefaultChannel[] {
   *     return ['announcements', { channel: `user:${userId}`, since: 'acked' }];
   *   }
   *   authenticate(token: string): string {
   *     return token;
   *   }
   *   checkPermission(): boolean {
   *     return false;
   *   }
   * }
   * ```
   */
  defaultChannels?(identity: Identity): readonly DefaultChannel[] | Promise<readonly DefaultChannel[]>;

  /**
   * Decides whether a user may act in a channel. A throw counts as a denial, and so does no answer within
   * `authTimeout`.
   * @param identity the identity of the connection, as {@link authenticate} returned it: rights from its token hold for
   * this connection and for no other of the user
   * @throws AuthenticationUnavailableError when it cannot be decided now. That is not a denial: the client gets
   * `UNAVAILABLE`, and earlier grants stay, also where they are reviewed after a renewal
   */
  abstract checkPermission(
    userId: string,
    channel: string,
    action: ChannelAction,
    identity: Identity,
  ): boolean | Promise<boolean>;
}
