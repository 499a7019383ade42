import type { Duplex } from 'node:stream';
import { type PeerCertificate, TLSSocket } from 'node:tls';

/**
 * The certificate of a TLS peer, if it sent one that Node has verified (`requestCert`) and that is still valid. A resumed
 * session was verified when it began, and may be resumed again and again past the end of its certificate. Without a
 * certificate, Node calls a resumed session of TLS 1.3 authorized all the same.
 */
export function peerCertificateOf(socket: Duplex): PeerCertificate | undefined {
  if (!(socket instanceof TLSSocket) || !socket.authorized) return undefined;
  const certificate: Partial<PeerCertificate> | null = socket.getPeerCertificate();
  // Without a certificate Node returns an empty object.
  if (certificate?.raw === undefined) return undefined;
  const until = Date.parse(certificate.valid_to ?? '');
  return until > Date.now() ? (certificate as PeerCertificate) : undefined;
}
