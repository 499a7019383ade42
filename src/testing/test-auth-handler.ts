import { Buffer } from 'node:buffer';
import { readJson } from '@skreaver/protocol';
import { AuthHandler, type ChannelAction } from '../auth/index.js';
import type { Identity } from '../connection/index.js';

/** What a permission is asked for. */
export interface AskedPermission {
  readonly identity: Identity;
  readonly channel: string;
  readonly action: ChannelAction;
}

/**
 * An `AuthHandler` for tests: the token is the identity itself, unsigned, and everything is allowed unless you decide
 * otherwise. {@link connect} makes the token for its option `as`.
 * @example
 * ```ts
 * import { Test } from '@nestjs/testing';
 * import { AuthHandler, SkreaverWsModule } from '@skreaver/nestjs-ws';
 * import { TestAuthHandler } from '@skreaver/nestjs-ws/testing';
 *
 * const auth = new TestAuthHandler(({ identity, channel }) => channel === `user:${identity.userId}`);
 *
 * export const testing = Test.createTestingModule({ imports: [SkreaverWsModule.forRoot()] })
 *   .overrideProvider(AuthHandler)
 *   .useValue(auth);
 * ```
 */
export class TestAuthHandler extends AuthHandler {
  /**
   * @param allows decides about permissions. Default: everything is allowed
   * @throws Error in production, where anyone could make a token
   */
  constructor(private readonly allows: (asked: AskedPermission) => boolean | Promise<boolean> = () => true) {
    super();
    if (process.env['NODE_ENV'] === 'production') {
      throw new Error('TestAuthHandler takes anyone for whom they say they are; it does not run in production.');
    }
  }

  /** Makes the token of a user, or of an identity with an expiry and fields of your own. */
  static tokenOf(user: string | Identity): string {
    const identity = typeof user === 'string' ? { userId: user } : user;
    return Buffer.from(JSON.stringify(identity)).toString('base64url');
  }

  override authenticate(token: string): Identity {
    const { expiresAt, ...identity } = readJson(Buffer.from(token, 'base64url').toString()) as Identity & {
      readonly expiresAt?: string;
    };
    return expiresAt === undefined ? identity : { ...identity, expiresAt: new Date(expiresAt) };
  }

  override checkPermission(
    _userId: string,
    channel: string,
    action: ChannelAction,
    identity: Identity,
  ): boolean | Promise<boolean> {
    return this.allows({ identity, channel, action });
  }
}
