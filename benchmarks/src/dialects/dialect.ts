/** A message of the opening, sent once the server has sent `after` frames. */
export interface OpeningStep {
  readonly after: number;
  readonly text: string;
}

/** What a client of one peer says, as plain data and pure functions. */
export interface Dialect {
  readonly path: string;
  /** What brings a new connection to where it has its subscriptions. */
  opening(token: string, channels: readonly string[]): readonly OpeningStep[];
  /** Frames of the server after which the opening is done; none of them may be a refusal. */
  readonly framesOfOpening: number;
  /** What a server's frame says when the opening failed. */
  readonly refusal: RegExp;
  /** The request of P4, which has one answer. The number is the connection's own. */
  request(id: number): string;
  /** Whether a text frame asks for a sign of life, which is no delivery. */
  isPing(bytes: Buffer, start: number, end: number): boolean;
  readonly pong: string;
}

/** What is asked for in P4, everywhere the same. */
export const pauseParams = { agent: 'agent-7', seconds: 30, reason: 'waits for a person' } as const;
