import { createHmac, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';

const SECRET = 'a secret of this suite alone';

const signatureOf = (user: string): Buffer => createHmac('sha256', SECRET).update(user).digest();

/** Makes a token of the form `user.signature`, a minimal JWT. */
export const tokenOf = (user: string): string => `${user}.${signatureOf(user).toString('base64url')}`;

/**
 * Verifies the HMAC of a token, for every peer alike; asynchronous as with a real identity provider.
 * @returns the user
 * @throws Error if the token is not signed by this suite
 */
export async function verifyToken(token: string): Promise<string> {
  const [user = '', signature = ''] = token.split('.');
  const given = Buffer.from(signature, 'base64url');
  const expected = signatureOf(user);
  if (given.length !== expected.length || !timingSafeEqual(given, expected)) throw new Error('The signature is wrong.');
  return user;
}

/** Extracts the token of `Authorization: Bearer …`. */
export const bearerOf = (header: string | undefined): string => header?.replace(/^Bearer /, '') ?? '';

/** Extracts the token of a handshake: of its header, or of its query for a browser, which sends no header of a page. */
export function tokenIn({ headers, url = '/' }: IncomingMessage): string {
  if (headers.authorization !== undefined) return bearerOf(headers.authorization);
  return new URL(url, 'http://localhost').searchParams.get('access_token') ?? '';
}
