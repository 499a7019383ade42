import type { LoadUsage } from '../load/load-messages.js';
import type { ServerUsage } from '../server/server-messages.js';

const BUSY = 0.9;

/** Share of one core that a server used. */
export const coreShare = ({ cpuMicros, wallMs }: ServerUsage): number => cpuMicros / 1000 / wallMs;

/** That the client was the bottleneck: then the figures are its, not the server's. */
export const remarksOnClient = ({ utilisation }: LoadUsage): string[] =>
  utilisation > BUSY ? ['the client was the slower side: its core was full'] : [];

/** For cases at a fixed rate, where nobody should be full. */
export const remarksOn = (server: ServerUsage, load: LoadUsage): string[] => [
  ...remarksOnClient(load),
  ...(coreShare(server) > BUSY ? ['the server was saturated'] : []),
];
