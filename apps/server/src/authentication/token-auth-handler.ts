import { AuthHandler, type ChannelAction, type Identity } from '@skreaver/nestjs-ws';
import { type ApiKey, ApiKeys } from './api-keys.js';
import { ChannelGrant } from './channel-grant.js';
import { type JwtSettings, JwtVerifier } from './jwt-verifier.js';

export interface AuthenticationSettings {
  readonly jwt?: JwtSettings;
  readonly apiKeys: readonly ApiKey[];
}

/** The user of a token, and the channels that it grants. Without a grant: every channel. */
export interface TokenIdentity extends Identity {
  readonly grant?: ChannelGrant;
}

/** Authenticates by API key or JWT. A JWT's claim `sub` is the user, and `exp` the end of the session. */
export class TokenAuthHandler extends AuthHandler {
  private readonly apiKeys: ApiKeys;
  private readonly jwt: JwtVerifier | undefined;

  /** @param authTimeout time limit of a check, in milliseconds */
  constructor({ apiKeys, jwt }: AuthenticationSettings, authTimeout: number) {
    super();
    this.apiKeys = new ApiKeys(apiKeys);
    this.jwt = jwt && new JwtVerifier(jwt, authTimeout);
  }

  override async authenticate(token: string): Promise<TokenIdentity> {
    const userId = this.apiKeys.userOf(token);
    if (userId !== undefined) return { userId };
    if (this.jwt === undefined) throw new TypeError('The token is not one of the API keys.');
    const { claims, expiresAt } = await this.jwt.verify(token);
    const { sub, channels } = claims;
    if (typeof sub !== 'string' || sub === '') throw new TypeError('The claim "sub" is not a user.');
    return {
      userId: sub,
      ...(expiresAt && { expiresAt }),
      ...(channels !== undefined && { grant: new ChannelGrant(channels) }),
    };
  }

  /** Checks the grant of this connection's token alone; the user's other tokens do not matter. */
  override checkPermission(_userId: string, channel: string, _action: ChannelAction, identity: TokenIdentity): boolean {
    return identity.grant?.covers(channel) ?? true;
  }
}
