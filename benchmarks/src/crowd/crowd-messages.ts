/** Argument of a client process, as JSON. */
export interface CrowdArgument {
  readonly port: number;
  /** Loopback addresses from which it connects in turn. */
  readonly addresses: readonly string[];
}

export type CrowdOrder =
  | { readonly kind: 'connect'; readonly connections: number }
  | { readonly kind: 'await'; readonly events: number; readonly timeoutMs: number }
  | { readonly kind: 'state' };

/** Each reply has the `kind` of its order. */
export type CrowdReply =
  | { readonly kind: 'connect' }
  /** `lastAt`: of the last event, by the monotonic clock that all processes share, in milliseconds. */
  | { readonly kind: 'await'; readonly events: number; readonly lastAt: number }
  | {
      readonly kind: 'state';
      readonly open: number;
      readonly closed: readonly string[];
      /** Attempts that a full worker refused, each made again. */
      readonly refused: number;
    };

/** Milliseconds on the monotonic clock that all processes of a machine share. */
export const sharedClock = (): number => Number(process.hrtime.bigint() / 1000n) / 1000;

/** All connections are of one user, whose token the server takes for an API key. */
export const USER = 'crowd';
export const CHANNEL = 'crowd';
