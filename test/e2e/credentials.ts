import { createHmac } from 'node:crypto';

export const SECRET = 'a-secret-of-no-less-than-32-bytes!';
export const PUBLISH_KEY = 'publish-key-of-some-length';
export const API_KEY = 'api-key-of-some-length';
export const withAuthentication = {
  SKREAVER_WS_HOST: '127.0.0.1',
  SKREAVER_WS_JWT_SECRET: SECRET,
  SKREAVER_WS_API_KEYS: `${API_KEY}=bob`,
  SKREAVER_WS_PUBLISH_KEYS: PUBLISH_KEY,
};

const encoded = (part: object): string => Buffer.from(JSON.stringify(part)).toString('base64url');

/** A token as another service signs it (RFC 7515), valid for ten minutes. */
export function jwtOf(claims: Record<string, unknown>): string {
  const exp = Math.floor(Date.now() / 1000) + 600;
  const text = `${encoded({ alg: 'HS256' })}.${encoded({ exp, ...claims })}`;
  return `${text}.${createHmac('sha256', SECRET).update(text).digest('base64url')}`;
}

export const bearer = { Authorization: `Bearer ${PUBLISH_KEY}` };
