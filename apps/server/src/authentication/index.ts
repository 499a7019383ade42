export { type ApiKey, apiKey } from './api-keys.js';
export { ChannelGrant } from './channel-grant.js';
export type { JwtKeys, JwtSettings } from './jwt-verifier.js';
export { hashOfKey, indexOfKey } from './key-hash.js';
export { type AuthenticationSettings, TokenAuthHandler, type TokenIdentity } from './token-auth-handler.js';
