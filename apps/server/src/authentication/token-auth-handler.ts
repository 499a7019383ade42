import { AuthHandler, type ConnectionRegistry, type Identity } from '@skreaver/nestjs-ws';
import { type ApiKey, ApiKeys } from './api-keys.js';
import { ChannelGrant } from './channel-grant.js';
import { type JwtSettings, JwtVerifier } from './jwt-verifier.js';

export interface AuthenticationSettings {
  readonly jwt?: JwtSettings;
  readonly apiKeys: readonly ApiKey[];
}

/** Who a token stands for, and which channels it grants; without a grant every channel. */
export interface TokenIdentity extends Identity {
  readonly grant?: ChannelGrant;
}

/** Lets in who brings an API key or a JWT: its user is the key's, or the claim `sub`; its end the claim `exp`. */
export class TokenAuthHandler extends AuthHandler {
  private readonly apiKeys: ApiKeys;
  private readonly jwt: JwtVerifier | undefined;

  constructor(
    settings: AuthenticationSettings,
    private readonly connections: Pick<ConnectionRegistry, 'ofUser'>,
  ) {
    super();
    this.apiKeys = new ApiKeys(settings.apiKeys);
    this.jwt = settings.jwt && new JwtVerifier(settings.jwt);
  }

  override async authenticate(token: string): Promise<TokenIdentity> {
    const userId = this.apiKeys.userOf(token);
    if (userId !== undefined) return { userId };
    if (this.jwt === undefined) throw new TypeError('The token is not one of the API keys.');
    const { sub, exp, channels } = await this.jwt.verify(token);
    if (typeof sub !== 'string' || sub === '') throw new TypeError('The claim "sub" is not a user.');
    return {
      userId: sub,
      ...(exp !== undefined && { expiresAt: new Date(exp * 1000) }),
      ...(channels !== undefined && { grant: new ChannelGrant(channels) }),
    };
  }

  /**
   * A permission is asked for a user, not for a token, so where a user is connected with several tokens each of them has
   * to grant the channel: none ever gets more than its own token says.
   */
  override checkPermission(userId: string, channel: string): boolean {
    const connections = this.connections.ofUser(userId);
    return connections.every(({ identity }) => grantOf(identity)?.covers(channel) ?? true);
  }
}

const grantOf = (identity: TokenIdentity | undefined): ChannelGrant | undefined => identity?.grant;
