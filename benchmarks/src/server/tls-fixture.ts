import { readFileSync } from 'node:fs';

const fixture = (name: string): Buffer => readFileSync(new URL(`../../fixtures/${name}`, import.meta.url));

export interface TlsFixture {
  readonly key: Buffer;
  readonly cert: Buffer;
}

/**
 * Key and self-signed certificate of the measured servers, for 127.0.0.1 and for nothing else. Made once by
 * `openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 36500`.
 */
export const tlsFixture = (): TlsFixture => ({
  key: fixture('localhost-key.pem'),
  cert: fixture('localhost-cert.pem'),
});
