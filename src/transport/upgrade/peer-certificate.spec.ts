import { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import { describe, expect, it } from 'vitest';
import { peerCertificateOf } from './peer-certificate.js';

const valid = (ms: number) => new Date(Date.now() + ms).toUTCString();
const CERTIFICATE = { subject: { CN: 'agent-7' }, raw: Buffer.from('der'), valid_to: valid(60_000) };

/** A TLS socket after its handshake. */
function tlsSocket(authorized: boolean, certificate: object | null): TLSSocket {
  const socket: object = Object.create(TLSSocket.prototype);
  return Object.assign(socket, { authorized, getPeerCertificate: () => certificate }) as TLSSocket;
}

describe('the certificate of a peer', () => {
  it('is that of its TLS connection, if Node has verified it', () => {
    expect(peerCertificateOf(tlsSocket(true, CERTIFICATE))).toBe(CERTIFICATE);
    expect(peerCertificateOf(tlsSocket(false, CERTIFICATE))).toBeUndefined();
  });

  it('is absent once it has expired, although its session is resumed', () => {
    for (const valid_to of [valid(-1000), '', undefined])
      expect(peerCertificateOf(tlsSocket(true, { ...CERTIFICATE, valid_to }))).toBeUndefined();
  });

  it('is absent where the peer has none, the connection is over, or there is no TLS', () => {
    expect(peerCertificateOf(tlsSocket(true, {}))).toBeUndefined();
    expect(peerCertificateOf(tlsSocket(true, null))).toBeUndefined();
    expect(peerCertificateOf(new Socket())).toBeUndefined();
  });
});
