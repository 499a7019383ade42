import type { OptionSpec } from './spec.js';

/** How every command that connects finds the server, and who it says it is. */
export const tokenOptions = {
  'token-file': {
    kind: 'file',
    value: 'file',
    about: 'File with the token; read again when it ends. Default: $SKREAVER_TOKEN',
    isOfConnection: true,
  },
  token: { kind: 'text', value: 'token', about: 'The token itself, which other users see in ps', isOfConnection: true },
} as const satisfies Record<string, OptionSpec>;

export const outputOptions = {
  json: { kind: 'flag', about: 'One JSON object a line on stdout' },
  quiet: { kind: 'flag', short: 'q', about: 'Nothing on stderr but errors' },
} as const satisfies Record<string, OptionSpec>;

export const connectionOptions = {
  connect: {
    kind: 'text',
    short: 'c',
    value: 'url',
    about: 'ws(s):// or http(s)://. Default: $SKREAVER_URL or ws://127.0.0.1:8080/ws',
    isOfConnection: true,
  },
  header: {
    kind: 'text',
    short: 'H',
    value: 'line',
    about: "Header of the handshake, such as 'Origin: https://example.com'; repeatable",
    isRepeatable: true,
    isOfConnection: true,
  },
  ...tokenOptions,
  ca: { kind: 'file', value: 'file', about: 'PEM file of an authority to trust', isOfConnection: true },
  'no-check': { kind: 'flag', short: 'n', about: 'Accept any certificate', isOfConnection: true },
  timeout: {
    kind: 'wait',
    value: 'duration',
    about: 'Longest wait for the connection and for an answer. Default: 10s',
    isOfConnection: true,
  },
} as const satisfies Record<string, OptionSpec>;
