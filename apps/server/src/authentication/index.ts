export { type ApiKey, apiKey } from './api-keys.js';
export type { JwtKeys, JwtSettings } from './jwt-verifier.js';
export { hashOfKey, indexOfKey } from './key-hash.js';
export { type AuthenticationSettings, TokenAuthHandler } from './token-auth-handler.js';
