import { SignJWT } from 'jose';
import { ChannelGrant } from '../../authentication/index.js';
import { Variable, serverSettings } from '../../settings/index.js';
import type { Call } from '../command.js';
import { environmentOf } from '../environment.js';
import { CommandError, ExitCode, usageError } from '../grammar/exit-code.js';

const HOUR_MS = 3_600_000;

/** Signs with the secret, issuer and audience that the server checks a token with. */
export async function run({ values, output }: Call<'token create'>): Promise<void> {
  const { user, channels, ttl = HOUR_MS, settings: file } = values;
  if (user === undefined) throw usageError('--user is missing.');
  const grant = channels?.split(',').map((name) => name.trim());
  if (grant) assertGrant(grant);
  const { secret, issuer, audience } = serverSettings(environmentOf(file)).authentication?.jwt ?? {};
  if (secret === undefined) {
    throw new CommandError(ExitCode.Failed, `${Variable.JwtSecret} is not set; the server would not know the token.`);
  }
  const now = Math.floor(Date.now() / 1000);
  const token = new SignJWT(grant ? { channels: grant } : {})
    .setProtectedHeader({ alg: 'HS256' })
    .setSubject(user)
    .setIssuedAt(now)
    .setExpirationTime(now + Math.ceil(ttl / 1000));
  if (issuer?.[0] !== undefined) token.setIssuer(issuer[0]);
  if (audience?.[0] !== undefined) token.setAudience(audience[0]);
  output.text(`${await token.sign(secret)}\n`, undefined);
}

function assertGrant(grant: readonly string[]): void {
  try {
    void new ChannelGrant(grant);
  } catch (error) {
    throw usageError(`--channels: ${(error as Error).message}`);
  }
}
