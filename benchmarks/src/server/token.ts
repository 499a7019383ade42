import { createHmac, timingSafeEqual } from 'node:crypto';

const SECRET = 'a secret of this suite alone';

const signatureOf = (user: string): Buffer => createHmac('sha256', SECRET).update(user).digest();

/** `user.signature`, as a JWT in small. */
export const tokenOf = (user: string): string => `${user}.${signatureOf(user).toString('base64url')}`;

/**
 * The check that every peer makes of a new connection: an HMAC, behind a promise as with any real identity provider.
 * @returns the user
 * @throws Error when the token is not signed by this suite
 */
export async function verifyToken(token: string): Promise<string> {
  const [user = '', signature = ''] = token.split('.');
  const given = Buffer.from(signature, 'base64url');
  const expected = signatureOf(user);
  if (given.length !== expected.length || !timingSafeEqual(given, expected)) throw new Error('The signature is wrong.');
  return user;
}

/** What `Authorization: Bearer …` carries. */
export const bearerOf = (header: string | undefined): string => header?.replace(/^Bearer /, '') ?? '';
