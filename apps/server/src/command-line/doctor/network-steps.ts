import { lookup } from 'node:dns/promises';
import { once } from 'node:events';
import { isIP, connect as connectTcp, type Socket } from 'node:net';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import type { ClientOptions } from 'ws';
import { sentenceOf } from '../connection/sentence-of.js';
import { ExitCode } from '../grammar/exit-code.js';
import { type Outcome, StepFailed } from './check.js';

const DAY_MS = 86_400_000;
const FEW_DAYS = 14;

const CERTIFICATE = 'Name the authority by --ca, have the proxy send the whole chain, or renew the certificate.';

const hostOf = ({ hostname }: URL): string => hostname.replace(/^\[(.*)\]$/, '$1');
const portOf = ({ port, protocol }: URL): number => Number(port) || (protocol === 'wss:' ? 443 : 80);

/** The addresses of the host. */
export async function checkDns(url: URL): Promise<string> {
  const host = hostOf(url);
  if (isIP(host) !== 0) return `${host} is an address`;
  try {
    const addresses = await lookup(host, { all: true });
    return `${host} is ${addresses.map(({ address }) => address).join(', ')}`;
  } catch (error) {
    throw new StepFailed(ExitCode.Unreachable, sentenceOf(error), 'Check the name, and the DNS of this machine.');
  }
}

/** Whether something listens there. */
export async function checkTcp(url: URL, timeout: number): Promise<string> {
  const socket = connectTcp({ host: hostOf(url), port: portOf(url) });
  try {
    await opened(socket, 'connect', timeout);
    return `connected to ${socket.remoteAddress}:${socket.remotePort}`;
  } catch (error) {
    const hint = 'Check that the server runs, its port and SKREAVER_WS_HOST, and firewalls on the way.';
    throw new StepFailed(ExitCode.Unreachable, sentenceOf(error), hint);
  } finally {
    socket.destroy();
  }
}

/** The certificate: whether this machine trusts it, and for how long. */
export async function checkTls(url: URL, options: ClientOptions, timeout: number): Promise<Outcome> {
  const host = hostOf(url);
  const socket = connectTls({
    host,
    port: portOf(url),
    ...(isIP(host) === 0 && { servername: host }),
    ...(options.ca !== undefined && { ca: options.ca }),
    rejectUnauthorized: options.rejectUnauthorized ?? true,
  });
  try {
    await opened(socket, 'secureConnect', timeout);
    return certificateOf(socket);
  } catch (error) {
    const hint = socket.authorizationError ? CERTIFICATE : 'Check the port; a server without TLS has ws://.';
    throw new StepFailed(ExitCode.Unreachable, sentenceOf(error), hint);
  } finally {
    socket.destroy();
  }
}

function certificateOf(socket: TLSSocket): Outcome {
  const { valid_to: until } = socket.getPeerCertificate();
  const days = Math.floor((Date.parse(until) - Date.now()) / DAY_MS);
  const isSoon = days < FEW_DAYS;
  const trust = socket.authorized ? 'trusted' : `not trusted (${String(socket.authorizationError)})`;
  const detail = `${socket.getProtocol()}, certificate ${trust}, ends in ${days} days${isSoon ? ', which is soon' : ''}`;
  if (!socket.authorized) return { status: 'warning', detail, hint: 'Clients without --no-check refuse it.' };
  return isSoon ? { status: 'warning', detail, hint: 'Renew the certificate.' } : { status: 'ok', detail };
}

async function opened(socket: Socket, event: string, timeout: number): Promise<void> {
  await once(socket, event, { signal: AbortSignal.timeout(timeout) }).catch((error: Error) => {
    throw error.name === 'AbortError' ? new Error(`no answer within ${timeout} ms`) : error;
  });
}
