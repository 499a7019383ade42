import type { LoadUsage } from '../load/load-messages.js';
import type { ServerUsage } from '../server/server-messages.js';

const BUSY = 0.9;

/** CPU utilisation of a server, 1 being one full core. */
export const coreShare = ({ cpuMicros, wallMs }: ServerUsage): number => cpuMicros / 1000 / wallMs;

/** Remarks that the client was the bottleneck: the figures then measure the client, not the server. */
export const remarksOnClient = ({ utilisation }: LoadUsage): string[] =>
  utilisation > BUSY ? ['the client was the slower side: its core was full'] : [];

/** Remarks for cases at a fixed rate, where neither client nor server should saturate. */
export const remarksOn = (server: ServerUsage, load: LoadUsage): string[] => [
  ...remarksOnClient(load),
  ...(coreShare(server) > BUSY ? ['the server was saturated'] : []),
];
