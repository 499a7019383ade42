import type { KeyObject } from 'node:crypto';
import {
  createLocalJWKSet,
  decodeProtectedHeader,
  type JSONWebKeySet,
  type JWTPayload,
  type JWTVerifyGetKey,
  type JWTVerifyOptions,
  jwtVerify,
} from 'jose';
import { RemoteKeys } from './remote-keys.js';

/** Where the public keys are: in a JWKS, in one PEM key, or at a URL that answers a JWKS. */
export type JwtKeys =
  | { readonly kind: 'jwks'; readonly jwks: JSONWebKeySet }
  | { readonly kind: 'pem'; readonly key: KeyObject }
  | { readonly kind: 'url'; readonly url: URL };

export interface JwtSettings {
  /** The key of HS256. */
  readonly secret?: Uint8Array;
  readonly keys?: JwtKeys;
  /** Where set, a token must be for one of these. */
  readonly audience?: readonly string[];
  /** Where set, a token must be from one of these. */
  readonly issuer?: readonly string[];
  /** By how much the issuer's clock may differ from ours, in s; default 5. */
  readonly clockTolerance?: number;
}

export interface VerifiedToken {
  readonly claims: JWTPayload;
  /** From when on the token is not accepted any more: its `exp` and the tolerance. */
  readonly expiresAt?: Date;
}

const CLOCK_TOLERANCE_S = 5;
/** A fetch of keys takes no longer, and no more than half of the time that a check may take. */
const FETCH_TIMEOUT_MS = 5000;

const SECRET_ALGORITHM = 'HS256';

/** No HMAC among them: else a public key would pass for a secret that everyone knows (RFC 8725 section 2.1). */
const PUBLIC_ALGORITHMS = [
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'ES512',
  'EdDSA',
  'Ed25519',
];

/** Checks signature, time, audience and issuer of tokens (RFC 7519), with the keys that fit the token's algorithm. */
export class JwtVerifier {
  private readonly options: JWTVerifyOptions;
  private readonly clockTolerance: number;
  private readonly keyOf: JWTVerifyGetKey | undefined;

  /** @param checkTimeoutMs how long a check may take, in ms */
  constructor(
    private readonly settings: JwtSettings,
    checkTimeoutMs: number,
  ) {
    const { audience, issuer, keys, clockTolerance = CLOCK_TOLERANCE_S } = settings;
    this.clockTolerance = clockTolerance;
    this.options = {
      requiredClaims: ['sub'],
      clockTolerance,
      ...(audience && { audience: [...audience] }),
      ...(issuer && { issuer: [...issuer] }),
    };
    this.keyOf = keys && keySource(keys, Math.min(FETCH_TIMEOUT_MS, checkTimeoutMs / 2));
  }

  /**
   * @throws AuthenticationUnavailableError when the keys cannot be had now
   * @throws anything else for a token that is not good, whatever the reason
   */
  async verify(token: string): Promise<VerifiedToken> {
    const claims = await this.claimsOf(token);
    if (claims.exp === undefined) return { claims };
    return { claims, expiresAt: new Date((claims.exp + this.clockTolerance) * 1000) };
  }

  private async claimsOf(token: string): Promise<JWTPayload> {
    const { secret } = this.settings;
    if (secret !== undefined && decodeProtectedHeader(token).alg === SECRET_ALGORITHM) {
      return (await jwtVerify(token, secret, { ...this.options, algorithms: [SECRET_ALGORITHM] })).payload;
    }
    if (this.keyOf === undefined) throw new TypeError('No key fits the algorithm of the token.');
    return (await jwtVerify(token, this.keyOf, { ...this.options, algorithms: PUBLIC_ALGORITHMS })).payload;
  }
}

function keySource(keys: JwtKeys, timeoutMs: number): JWTVerifyGetKey {
  if (keys.kind === 'jwks') return createLocalJWKSet(keys.jwks);
  return keys.kind === 'url' ? new RemoteKeys(keys.url, timeoutMs).keyOf : async () => keys.key;
}
