import type { AgentEvent } from '../server/agent-event.js';

export interface ReaderPlan {
  readonly port: number;
  readonly token: string;
  readonly channel: string;
  readonly onEvent: (event: AgentEvent) => void;
  readonly onClosed: () => void;
}

/** A client of a library, written as its users would write it. */
export interface Reader {
  close(): void;
}

/** Connects and subscribes. Resolves once events come. */
export type OpenReader = (plan: ReaderPlan) => Promise<Reader>;
