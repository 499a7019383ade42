import type { Duplex } from 'node:stream';
import { type PeerCertificate, TLSSocket } from 'node:tls';

/** The certificate of a TLS peer, if it sent one that Node has verified (`requestCert`). */
export function peerCertificateOf(socket: Duplex): PeerCertificate | undefined {
  if (!(socket instanceof TLSSocket) || !socket.authorized) return undefined;
  const certificate: Partial<PeerCertificate> | null = socket.getPeerCertificate();
  // Without a certificate Node returns an empty object.
  return certificate?.raw === undefined ? undefined : (certificate as PeerCertificate);
}
