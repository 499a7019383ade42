import { AuthenticationUnavailableError, resolveConfig } from '@skreaver/nestjs-ws';
import { TokenAuthHandler, type TokenIdentity } from '../../authentication/index.js';
import { serverSettings } from '../../settings/index.js';
import type { Call } from '../command.js';
import { tokenSource } from '../connection/token.js';
import { environmentOf } from '../environment.js';
import { CommandError, ExitCode } from '../grammar/exit-code.js';
import { textOfStdin } from '../input.js';

/** Checks a token as the server does, by the same code. */
export async function run({ values, output, signal }: Call<'token check'>): Promise<void> {
  const { authentication, module } = serverSettings(environmentOf(values.settings));
  if (!authentication) {
    throw new CommandError(ExitCode.Failed, 'The settings have no key: the server takes everyone, without a token.');
  }
  const source = tokenSource(values, output) ?? (await textOfStdin(signal));
  const token = typeof source === 'string' ? source.trim() : await source();
  const handler = new TokenAuthHandler(authentication, resolveConfig(module).authTimeout);
  const { userId, expiresAt, grant } = await identityOf(handler, token);
  output.data({
    user_id: userId,
    ...(expiresAt && { expires_at: expiresAt.toISOString() }),
    channels: grant?.patterns ?? ['*'],
  });
}

async function identityOf(handler: TokenAuthHandler, token: string): Promise<TokenIdentity> {
  try {
    return await handler.authenticate(token);
  } catch (error) {
    const { message } = error as Error;
    throw error instanceof AuthenticationUnavailableError
      ? new CommandError(ExitCode.Failed, `The token cannot be checked now: ${message}`)
      : new CommandError(ExitCode.Unauthorised, `The server would refuse the token: ${message}`);
  }
}
