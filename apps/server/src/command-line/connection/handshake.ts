import { readFileSync } from 'node:fs';
import type { ClientOptions } from 'ws';
import { CommandError, ExitCode, usageError } from '../grammar/exit-code.js';

export interface HandshakeValues {
  readonly header: readonly string[];
  readonly ca: string | undefined;
  readonly 'no-check': boolean;
}

/** The options of `ws` for headers and certificates. */
export function handshakeOptions({ header, ca, 'no-check': anyCertificate }: HandshakeValues): ClientOptions {
  return {
    headers: Object.fromEntries(header.map(headerOf)),
    rejectUnauthorized: !anyCertificate,
    ...(ca !== undefined && { ca: authority(ca) }),
  };
}

function headerOf(line: string): [string, string] {
  const [, name = '', value = ''] = /^([!#$%&'*+.^_`|~\w-]+):\s*([\t -~\u0080-\u00FF]*)$/.exec(line) ?? [];
  if (name === '') throw usageError(`--header is ${JSON.stringify(line)}; allowed: 'Name: value', in Latin-1.`);
  return [name, value];
}

function authority(path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (error) {
    throw new CommandError(ExitCode.Failed, `--ca cannot be read: ${(error as Error).message}`, { cause: error });
  }
}
