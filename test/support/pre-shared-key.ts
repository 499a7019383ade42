import type { ConnectionOptions, TlsOptions } from 'node:tls';

const psk = Buffer.alloc(32, 7);
const options = { ciphers: 'PSK-AES256-CBC-SHA', minVersion: 'TLSv1.2', maxVersion: 'TLSv1.2' } as const;

/** Options of TLS with a key that both ends know: without certificates. */
export const preSharedKey = {
  server: { ...options, pskCallback: () => psk } satisfies TlsOptions,
  client: {
    ...options,
    pskCallback: () => ({ psk, identity: 'test' }),
    // There is no certificate to check.
    rejectUnauthorized: false,
  } satisfies ConnectionOptions,
};
