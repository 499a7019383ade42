import type { WebSocketConstructor } from '@skreaver/client';
import type { AgentEvent } from '../server/agent-event.js';

export interface ReaderPlan {
  readonly port: number;
  readonly token: string;
  readonly channel: string;
  /** That of the browser, or of `ws` in Node. */
  readonly WebSocket: WebSocketConstructor;
  readonly onEvent: (event: AgentEvent) => void;
  readonly onClosed: () => void;
}

/** Connects and subscribes by a library, as its users would write it. Resolves once events come. */
export type OpenReader = (plan: ReaderPlan) => Promise<void>;
