/** Where a client has come to in a channel. */
export interface ChannelPosition {
  readonly epoch: string;
  readonly offset: number;
}

/** Message of the handshake, sent once the server has sent `after` frames. */
export interface OpeningStep {
  readonly after: number;
  /** A text frame; bytes for a binary one. */
  readonly message: string | Uint8Array;
}

/** Client protocol of one peer, as plain data and pure functions. */
export interface Dialect {
  readonly path: string;
  readonly subprotocol?: string;
  /**
   * Messages that authenticate a new connection and subscribe it.
   * @param since where it was in the channels before, if it comes back; for protocols that recover
   */
  opening(token: string, channels: readonly string[], since?: ChannelPosition): readonly OpeningStep[];
  /** Server frames after which the opening is complete; none of them may be a refusal. */
  readonly framesOfOpening: number;
  /** Matches a server frame that refuses the opening. */
  readonly refusal: RegExp;
  /** Request of P4, which has one response. `id` is unique to the connection. */
  request(id: number): string | Uint8Array;
  /** @returns the position of a channel that the last answer of the opening tells; for protocols that recover */
  positionIn?(answer: string, channel: string): ChannelPosition | undefined;
  /** True if a message is a heartbeat of the server, which is not counted as a delivery. */
  isPing(bytes: Buffer, start: number, end: number): boolean;
  readonly pong: string | Uint8Array;
}

/** Parameters of P4's request, the same for all peers. */
export const pauseParams = { agent: 'agent-7', seconds: 30, reason: 'waits for a person' } as const;
