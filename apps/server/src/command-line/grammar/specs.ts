import { connectionOptions, outputOptions, tokenOptions } from './connection-options.js';
import type { CommandSpec, OptionSpec, ValuesOf } from './spec.js';

export const PROGRAM = 'skreaver-ws';

const raw = { kind: 'flag', short: 'r', about: 'Strings without quotes' } as const satisfies OptionSpec;
/** Not `--env-file`: Node takes that for its own, wherever it stands, and ends with 9 where the file cannot be read. */
const settingsFile = {
  kind: 'file',
  value: 'file',
  about: 'File of NAME=value lines; variables of the environment win',
} as const satisfies OptionSpec;
const noReconnect = {
  kind: 'flag',
  about: 'End when the connection does, instead of connecting again',
} as const satisfies OptionSpec;
const channel = { name: 'channel', about: 'Name of a channel' } as const;

/** All commands: what is parsed, shown by --help and completed by the shell. */
export const specs = {
  serve: {
    summary: 'Serves WebSockets and the HTTP API, with the settings of the environment.',
    positionals: [],
    options: {
      port: { kind: 'text', short: 'p', value: 'port', about: 'In place of SKREAVER_WS_PORT; 0 takes a free port' },
      host: { kind: 'text', value: 'address', about: 'In place of SKREAVER_WS_HOST' },
      settings: settingsFile,
    },
    examples: ['serve --port 8080'],
  },
  sub: {
    summary: 'Prints the events of channels, one a line.',
    positionals: [{ ...channel, isRepeatable: true }],
    options: {
      since: {
        kind: 'text',
        value: 'position',
        about: 'Begin after epoch:offset, or after what is acknowledged: acked',
      },
      last: { kind: 'count', value: 'n', about: 'Begin with the last n events' },
      count: { kind: 'count', value: 'n', about: 'End after n events' },
      wait: {
        kind: 'wait',
        short: 'w',
        value: 'duration',
        about: 'End after so long; exit 6 if --count is missed',
      },
      'join-leave': { kind: 'flag', about: 'Print joins and leaves too' },
      'no-reconnect': noReconnect,
      raw,
      ...outputOptions,
      ...connectionOptions,
    },
    examples: ['sub agent-updates', 'sub agent-updates --last 10 --count 10 --json'],
  },
  pub: {
    summary: 'Publishes JSON, or each line of stdin, and prints what became of it.',
    positionals: [channel, { name: 'data', about: 'JSON; - or nothing reads stdin', isOptional: true }],
    options: {
      key: { kind: 'text', value: 'key', about: 'Idempotency key: publish once, however often it is called' },
      text: { kind: 'flag', about: 'Publish the text as a string instead of reading it as JSON' },
      http: { kind: 'flag', about: 'Publish by the HTTP API; the token is then a key of that' },
      ...outputOptions,
      ...connectionOptions,
    },
    examples: [`pub agent-updates '{"status":"idle"}' --http`, 'pub log --text < lines.txt'],
  },
  req: {
    summary: 'Calls a method, and prints its chunks as they come, and its result.',
    positionals: [
      { name: 'method', about: 'Name of a method' },
      { name: 'params', about: 'JSON; - reads stdin', isOptional: true },
    ],
    options: { raw, ...outputOptions, ...connectionOptions },
    examples: ['req subscriptions', `req report.write '{"topic":"x"}' --raw --timeout 1m`],
  },
  history: {
    summary: 'Prints events of the history of a channel, one a line.',
    positionals: [channel],
    options: {
      since: { kind: 'text', value: 'position', about: 'Those after epoch:offset; before it with --reverse' },
      limit: { kind: 'count', value: 'n', about: 'At most so many, up to 1000. Default: 100' },
      reverse: { kind: 'flag', about: 'The newest first' },
      raw,
      ...outputOptions,
      ...connectionOptions,
    },
    examples: ['history agent-updates --reverse --limit 10 --json'],
  },
  presence: {
    summary: 'Prints the members of a channel, one a line.',
    positionals: [channel],
    options: { raw: { ...raw, about: 'The user ids alone' }, ...outputOptions, ...connectionOptions },
    examples: ['presence room-7 --raw'],
  },
  reply: {
    summary: 'Answers questions that the server asks the user (ask).',
    positionals: [],
    options: {
      answer: { kind: 'text', value: 'json', about: 'The same answer to all' },
      command: {
        kind: 'text',
        value: 'command',
        about: 'Gets the question on stdin, and prints the answer; exit 0 sends it',
      },
      count: { kind: 'count', value: 'n', about: 'End after n answers' },
      ...outputOptions,
      ...connectionOptions,
    },
    examples: [`reply --command './approve.sh'`, `reply --answer '{"approved":true}' --count 1`],
  },
  consume: {
    summary: 'Runs a command for each event of a channel, one by one, each at least once; exit 0 acknowledges it.',
    positionals: [channel],
    options: {
      command: {
        kind: 'text',
        value: 'command',
        about: 'Gets the data on stdin, and SKREAVER_OFFSET and others; required',
      },
      'on-error': {
        kind: 'text',
        value: 'what',
        about: 'After another exit than 0. Default: stop',
        choices: ['stop', 'retry', 'skip'],
      },
      count: { kind: 'count', value: 'n', about: 'End after n events' },
      ...outputOptions,
      ...connectionOptions,
    },
    examples: [`consume jobs --command 'jq .id >> done.txt' --on-error retry`],
  },
  'token create': {
    summary: "Prints a token that is signed with the server's SKREAVER_WS_JWT_SECRET (HS256).",
    positionals: [],
    options: {
      user: { kind: 'text', short: 'u', value: 'id', about: 'The user, claim sub; required' },
      channels: { kind: 'text', value: 'list', about: 'What it may use: names and prefix*, separated by commas' },
      ttl: { kind: 'lifetime', value: 'duration', about: 'How long it is valid. Default: 1h' },
      settings: settingsFile,
    },
    examples: ['token create --user alice --channels "agent-*,news" --ttl 8h'],
  },
  'token check': {
    summary: 'Checks a token with the settings of the server, and prints whose it is.',
    positionals: [],
    options: { settings: settingsFile, ...outputOptions, ...tokenOptions },
    examples: ['token check --token-file token.txt', 'token create --user alice | skreaver-ws token check'],
  },
  'check-config': {
    summary: 'Tells all problems of the settings at once, and what is likely to be one.',
    positionals: [],
    options: { settings: settingsFile, ...outputOptions },
    examples: ['check-config --settings production.env'],
  },
  doctor: {
    summary: 'Checks the way to a server step by step: DNS, TCP, TLS, HTTP, upgrade, subprotocol, token, ping, clock.',
    positionals: [{ name: 'url', about: 'In place of --connect', isOptional: true }],
    options: { ...outputOptions, ...connectionOptions },
    examples: ['doctor wss://example.com/ws --token-file token.txt'],
  },
  bench: {
    summary: 'Puts a bounded load on a server of your own, and prints latencies as percentiles.',
    positionals: [
      {
        name: 'load',
        about: 'Deliveries of events, answers to requests, or connections',
        choices: ['fanout', 'req', 'connect'],
      },
    ],
    options: {
      clients: { kind: 'count', value: 'n', about: 'Connections at a time, up to 1000. Default: 5' },
      rate: { kind: 'count', value: 'n', about: 'Events, requests or connections a second, up to 10000. Default: 50' },
      duration: { kind: 'wait', value: 'duration', about: 'How long, up to 1m. Default: 5s' },
      size: { kind: 'count', value: 'bytes', about: 'Of the data of an event, up to 60000. Default: 128' },
      channel: { kind: 'text', value: 'name', about: 'Of fanout. Default: bench' },
      method: { kind: 'text', value: 'name', about: 'Of req. Default: ping' },
      http: { kind: 'flag', about: 'Publish by the HTTP API; the token is then for both' },
      'own-server': { kind: 'flag', about: 'Needed for a server that is not on this machine' },
      ...outputOptions,
      ...connectionOptions,
    },
    examples: ['bench fanout --clients 10 --rate 200 --http', 'bench req --rate 40 --duration 10s --json'],
  },
  completion: {
    summary: 'Prints a script that completes commands and options in a shell.',
    positionals: [{ name: 'shell', about: 'The shell', choices: ['bash', 'zsh', 'fish'] }],
    options: {},
    examples: ['completion bash > ~/.local/share/bash-completion/completions/skreaver-ws'],
  },
} as const satisfies Record<string, CommandSpec>;

export type CommandName = keyof typeof specs;

export const commandNames = Object.keys(specs) as CommandName[];

/** The options of a command, as it gets them. */
export type Values<Name extends CommandName> = ValuesOf<(typeof specs)[Name]>;
