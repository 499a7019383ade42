import { X509Certificate } from 'node:crypto';
import type { PeerCertificate } from 'node:tls';
import type { Identity, UpgradeHandshake } from '@skreaver/nestjs-ws';
import { TestAuthHandler } from '../../support/test-app.js';

class TokenAuthHandler extends TestAuthHandler {}

// The code of the guide.
export class CertificateAuthHandler extends TokenAuthHandler {
  override authenticateHandshake(handshake: UpgradeHandshake): Identity | undefined {
    const certificate = handshake.viaTrustedProxy ? forwarded(handshake) : handshake.peerCertificate;
    const name = certificate?.subject.CN;
    if (certificate === undefined || typeof name !== 'string') return undefined;
    return { userId: `agent:${name}`, expiresAt: new Date(certificate.valid_to) }; // the session ends with the certificate
  }
}

function forwarded({ headers }: UpgradeHandshake): PeerCertificate | undefined {
  const pem = headers['x-client-cert'];
  if (headers['x-client-verify'] !== 'SUCCESS' || typeof pem !== 'string') return undefined;
  return new X509Certificate(decodeURIComponent(pem)).toLegacyObject();
}
