import { environmentNames, type SkreaverWsConfig } from '@skreaver/nestjs-ws';
import { type ApiAccess, type ServerSettings, Variable } from './settings/index.js';

const CHANNEL = 'agent-updates';

/** One screen printed at startup: addresses, access, limits, and commands to paste. Contains no secrets. */
export function banner(settings: ServerSettings, config: Readonly<SkreaverWsConfig>, port: number): string {
  const at = `${shownHost(settings.host)}:${port}`;
  const rows: [string, string][] = [
    ['WebSocket', `ws://${at}${config.path}`],
    ['HTTP', `http://${at}  (POST /api/publish, GET /api/stats, /metrics, /health/ready)`],
    ['Bound to', settings.host],
    ['Clients', clientsOf(settings)],
    ['API', accessOf(settings.apiAccess, Variable.PublishKeys)],
    ['Metrics', accessOf(settings.metricsAccess, Variable.MetricsKeys)],
    ['Limits', limitsOf(config, settings.workers)],
    ['Proxies', proxiesOf(config)],
    ...settings.warnings.map((warning): [string, string] => ['Warning', warning]),
    ['Connect', connectLine(`ws://${at}${config.path}?heartbeat=frame`, settings)],
    ['Publish', publishLine(`http://${at}/api/publish`, settings.apiAccess)],
  ];
  return `\nSkreaver WS, process ${process.pid}${workersOf(settings)}\n\n${rows.map(([name, text]) => `  ${name.padEnd(11)}${text}`).join('\n')}\n\n`;
}

function shownHost(host: string): string {
  if (host === '0.0.0.0' || host === '::') return 'localhost';
  return host.includes(':') ? `[${host}]` : host;
}

function clientsOf({ authentication }: ServerSettings): string {
  if (authentication === undefined) return 'anonymous, no token asked for';
  const { jwt, apiKeys } = authentication;
  const ways = [
    ...(jwt?.secret ? ['JWT by secret (HS256)'] : []),
    ...(jwt?.keys ? ['JWT by public key'] : []),
    ...(apiKeys.length > 0 ? [`API keys (${apiKeys.length})`] : []),
  ];
  return `token required: ${ways.join(', ')}`;
}

function accessOf(access: ApiAccess, variable: string): string {
  if (access.kind === 'open') return 'open to this machine';
  if (access.kind === 'closed') return `closed; set ${variable} to use it`;
  return `key required (${access.hashes.length})`;
}

const workersOf = ({ workers }: ServerSettings): string => (workers === 1 ? '' : ` and ${workers} workers`);

function limitsOf(config: Readonly<SkreaverWsConfig>, workers: number): string {
  const limits = [
    `${config.maxConnections} connections (${config.maxConnectionsPerIp} per address)`,
    `${config.maxMessageSize} bytes and ${config.messageRate}/s of messages`,
    `${config.maxSubscriptionsPerConnection} channels each`,
  ].join(', ');
  return workers === 1 ? limits : `in each worker ${limits}`;
}

function proxiesOf({ trustedProxies }: Readonly<SkreaverWsConfig>): string {
  if (trustedProxies.length > 0) return `${trustedProxies.join(', ')} (X-Forwarded-For is believed)`;
  return `none; behind one set ${environmentNames.trustedProxies}, else all clients share the limits of one address`;
}

function connectLine(url: string, { authentication }: ServerSettings): string {
  const header = authentication === undefined ? '' : ' -H "Authorization: Bearer $TOKEN"';
  return `npx wscat -c '${url}'${header} -w -1 -x '{"type":"subscribe","data":{"channels":["${CHANNEL}"]}}'`;
}

function publishLine(url: string, access: ApiAccess): string {
  const header = access.kind === 'open' ? '' : ' -H "Authorization: Bearer $PUBLISH_KEY"';
  return `curl ${url}${header} -H 'Content-Type: application/json' -d '{"channel":"${CHANNEL}","data":{"hello":"world"}}'`;
}
