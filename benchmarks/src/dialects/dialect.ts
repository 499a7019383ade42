/** Message of the handshake, sent once the server has sent `after` frames. */
export interface OpeningStep {
  readonly after: number;
  readonly text: string;
}

/** Client protocol of one peer, as plain data and pure functions. */
export interface Dialect {
  readonly path: string;
  /** Messages that authenticate a new connection and subscribe it. */
  opening(token: string, channels: readonly string[]): readonly OpeningStep[];
  /** Server frames after which the opening is complete; none of them may be a refusal. */
  readonly framesOfOpening: number;
  /** Matches a server frame that refuses the opening. */
  readonly refusal: RegExp;
  /** Request of P4, which has one response. `id` is unique to the connection. */
  request(id: number): string;
  /** True if a text frame is a heartbeat of the server, which is not counted as a delivery. */
  isPing(bytes: Buffer, start: number, end: number): boolean;
  readonly pong: string;
}

/** Parameters of P4's request, the same for all peers. */
export const pauseParams = { agent: 'agent-7', seconds: 30, reason: 'waits for a person' } as const;
