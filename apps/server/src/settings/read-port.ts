import type { EnvironmentReader } from './environment-reader.js';
import { Variable } from './variables.js';

const DEFAULT_PORT = 8080;
const ALLOWED = 'a port number from 0 to 65535 (0 takes a free one)';

/** For a service `skreaver-ws`, Kubernetes sets `SKREAVER_WS_PORT=tcp://address:port` in all pods of the namespace. */
const KUBERNETES_LINK = /^(tcp|udp|sctp):\/\//;

/** Reads `SKREAVER_WS_PORT`, otherwise `PORT`. Default: 8080. */
export function readPort(reader: EnvironmentReader): number {
  const own = reader.text(Variable.Port);
  if (own !== undefined && !KUBERNETES_LINK.test(own)) return portOf(reader, Variable.Port, own);
  const general = reader.text('PORT');
  const port = general === undefined ? DEFAULT_PORT : portOf(reader, 'PORT', general);
  if (own !== undefined) {
    reader.warn(
      `${Variable.Port} is ${JSON.stringify(own)}, which Kubernetes sets for a service named skreaver-ws; it is ` +
        `ignored and port ${port} is used. Set ${Variable.Port} in the container, or enableServiceLinks: false in the pod.`,
    );
  }
  return port;
}

function portOf(reader: EnvironmentReader, name: string, text: string): number {
  const port = Number(text);
  if (!/^\d{1,5}$/.test(text) || port > 65_535) reader.wrongValue(name, text, ALLOWED);
  return port;
}
