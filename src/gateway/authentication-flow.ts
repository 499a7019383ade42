import { Injectable } from '@nestjs/common';
import { type Authentication, Authenticator, isUndecided } from '../auth/index.js';
import { Throttler } from '../throttling/index.js';
import type { Handshake, UpgradeHandshake } from '../transport/index.js';

/** Checks tokens and handshakes by one policy, whether before the upgrade or in an `auth` message (PROTOCOL §4). */
@Injectable()
export class AuthenticationFlow {
  constructor(
    private readonly authenticator: Authenticator,
    private readonly throttler: Throttler,
  ) {}

  /** Without an `AuthHandler` every connection is anonymous. */
  get isEnabled(): boolean {
    return this.authenticator.isEnabled;
  }

  /** Whether a handshake has anything to check. */
  checks(token: string | undefined): boolean {
    return token === undefined ? this.authenticator.checksHandshakes : this.isEnabled;
  }

  /** Milliseconds until a token from this address is checked again; 0 while its failures are within their rate. */
  waitMs(clientAddress: string): number {
    return this.throttler.authenticationFailures.waitMs(clientAddress);
  }

  /** As {@link verify}, for a handshake without a token. `undefined`: it identifies nobody, which is no failure. */
  async verifyHandshake(handshake: UpgradeHandshake): Promise<Authentication | undefined> {
    const verdict = await this.authenticator.authenticateHandshake(handshake);
    return verdict && this.complete(this.counted(verdict, handshake), handshake);
  }

  /**
   * Never rejects. Counts a rejected token against its address, but not an outage, which decides nothing.
   * @param userId the user whose session the token renews; a token of any other user is refused
   */
  async verify(token: string, handshake: Handshake, userId?: string): Promise<Authentication> {
    const verdict = await this.authenticator.authenticate(token, handshake);
    return this.complete(this.counted(verdict, handshake, userId), handshake);
  }

  private complete(verdict: Authentication, handshake: Handshake): Promise<Authentication> | Authentication {
    return 'identity' in verdict ? this.authenticator.withDefaultChannels(verdict, handshake) : verdict;
  }

  private counted(verdict: Authentication, handshake: Handshake, userId?: string): Authentication {
    if (isUndecided(verdict)) return verdict;
    if ('identity' in verdict && (userId === undefined || verdict.identity.userId === userId)) return verdict;
    this.throttler.authenticationFailures.take(handshake.clientAddress);
    return { failure: 'refused' };
  }
}
