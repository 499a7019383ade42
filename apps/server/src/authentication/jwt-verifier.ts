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

/** The source of the public keys: a JWKS, one PEM key, or the URL of a JWKS. */
export type JwtKeys =
  | { readonly kind: 'jwks'; readonly jwks: JSONWebKeySet }
  | { readonly kind: 'pem'; readonly key: KeyObject }
  | { readonly kind: 'url'; readonly url: URL };

export interface JwtSettings {
  /** The key for HS256. */
  readonly secret?: Uint8Array;
  readonly keys?: JwtKeys;
  /** If set, `aud` must contain one of these. */
  readonly audience?: readonly string[];
  /** If set, `iss` must be one of these. */
  readonly issuer?: readonly string[];
  /** Clock skew tolerated between the issuer and this server, in seconds. Default: 5. */
  readonly clockTolerance?: number;
}

export interface VerifiedToken {
  readonly claims: JWTPayload;
  /** The time from which the token is rejected: its `exp` plus the tolerance. */
  readonly expiresAt?: Date;
}

const CLOCK_TOLERANCE_S = 5;
/** Timeout of a fetch of keys; half of the time for a check if that is shorter. */
const FETCH_TIMEOUT_MS = 5000;

const SECRET_ALGORITHM = 'HS256';

/** Without HMAC: a token signed with the public key as the HMAC secret would otherwise be accepted (RFC 8725 §2.1). */
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

/** Checks signature, time, audience and issuer of JWTs (RFC 7519), with the keys for the token's algorithm. */
export class JwtVerifier {
  private readonly options: JWTVerifyOptions;
  private readonly clockTolerance: number;
  private readonly keyOf: JWTVerifyGetKey | undefined;

  /** @param checkTimeoutMs time limit of a check, in milliseconds */
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
   * @throws AuthenticationUnavailableError if the keys are not available now
   * @throws any other error if the token is invalid
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
