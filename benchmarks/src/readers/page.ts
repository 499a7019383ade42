import type { PeerName } from '../server/peers/peer-server.js';
import { EventCount } from './event-count.js';
import { openReader } from './open-reader.js';
import type { ReaderPlan } from './reader.js';

const count = new EventCount();
let closed = 0;

const loadPlain = async () => (await import('./plain-page-reader.js')).openPlainPageReader;

/** Connects by the library of a peer. Called, as all of this, by the DevTools protocol. */
export function connect(peer: PeerName, plan: Pick<ReaderPlan, 'port' | 'token' | 'channel'>): Promise<void> {
  const callbacks = { onEvent: count.take, onClosed: () => void (closed += 1) };
  return openReader(peer, { ...plan, ...callbacks, WebSocket }, loadPlain);
}

export const begin = (): void => count.reset();

export const reaches = (events: number, timeoutMs: number): Promise<boolean> => count.reaches(events, timeoutMs);

export const tally = (): { readonly events: number; readonly closed: number } => ({ events: count.events, closed });
