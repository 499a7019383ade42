import { environmentNames, resolveConfig } from '@skreaver/nestjs-ws';
import { isLoopbackHost } from '@skreaver/protocol';
import { NEEDED_FILES, mostOpenFiles } from '../open-files.js';
import type { ServerSettings } from './server-settings.js';

/**
 * What is allowed, and turns out to be wrong as a rule.
 * @param openFiles the limit of open files of a process
 * @returns sentences for the operator
 */
export function likelyProblems(
  { module, authentication, host }: ServerSettings,
  openFiles: number = mostOpenFiles(),
): readonly string[] {
  const { trustedProxies, maxConnections, maxConnectionsPerIp, connectBurstPerIp, connectRatePerIp } =
    resolveConfig(module);
  const { trustedProxies: proxies, maxConnectionsPerIp: perIp, maxConnections: all } = environmentNames;
  const problems: string[] = [];
  const isForOthers = authentication !== undefined || !isLoopbackHost(host);
  if (isForOthers && trustedProxies.length === 0) {
    problems.push(
      `${proxies} is not set: behind a proxy all clients would share the limits of its address, which are ` +
        `${maxConnectionsPerIp} of ${maxConnections} connections, and ${connectBurstPerIp} at once and ` +
        `${connectRatePerIp} a second. Set it to the addresses of your proxies, unless clients connect directly.`,
    );
  }
  if (maxConnectionsPerIp >= maxConnections) {
    problems.push(
      `${perIp} (${maxConnectionsPerIp}) is not below ${all} (${maxConnections}): one address can take all ` +
        'connections, so that nobody else gets in.',
    );
  }
  if (openFiles < maxConnections + NEEDED_FILES) {
    problems.push(
      `"ulimit -n" is ${openFiles}: ${all} (${maxConnections}) needs ${maxConnections + NEEDED_FILES} open files or ` +
        'more. Raise the limit (systemd: LimitNOFILE), or lower the option.',
    );
  }
  return problems;
}
