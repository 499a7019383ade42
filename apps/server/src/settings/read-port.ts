import type { EnvironmentReader } from './environment-reader.js';
import { Variable } from './variables.js';

const DEFAULT_PORT = 8080;
const ALLOWED = 'a port number from 0 to 65535 (0 takes a free one)';

/** Kubernetes sets `<SERVICE>_PORT=tcp://address:port` in every pod of the namespace of a service named `skreaver-ws`. */
const KUBERNETES_LINK = /^(tcp|udp|sctp):\/\//;

/** `SKREAVER_WS_PORT`, else `PORT`, else 8080. */
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
