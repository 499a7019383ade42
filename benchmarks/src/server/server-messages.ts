import type { PeerName, PeerOptions } from './peers/peer-server.js';
import type { PublishPlan } from './publish-plan.js';

export type ServerOrder =
  | { readonly kind: 'describe' }
  | { readonly kind: 'begin'; readonly measureLoopDelay: boolean }
  | { readonly kind: 'publish'; readonly plan: PublishPlan }
  | { readonly kind: 'end' }
  | { readonly kind: 'memory' };

/** Each reply has the `kind` of its order. */
export type ServerReply =
  | {
      readonly kind: 'describe';
      readonly port: number;
      readonly versions: Readonly<Record<string, string>>;
      readonly changed: readonly string[];
    }
  | { readonly kind: 'describe'; readonly unavailable: string }
  | { readonly kind: 'begin' }
  | { readonly kind: 'publish'; readonly lateTicks: number }
  | ({ readonly kind: 'end' } & ServerUsage)
  | ({ readonly kind: 'memory' } & MemoryInUse);

/** Memory of a process, in bytes. */
export interface MemoryInUse {
  readonly rss: number;
  /** Used heap of V8, and buffers outside of it. */
  readonly heap: number;
}

/** Usage of the server between `begin` and `end`. */
export interface ServerUsage {
  /** User and system time of all threads. */
  readonly cpuMicros: number;
  /** Undefined, like {@link systemMicros}, for a baseline that reports the sum alone. */
  readonly userMicros?: number;
  readonly systemMicros?: number;
  readonly wallMs: number;
  readonly loopDelay?: LoopDelay;
}

/** Event loop delay, in milliseconds. */
export interface LoopDelay {
  readonly p50: number;
  readonly p99: number;
  readonly p999: number;
  readonly max: number;
}

/** Argument of a server process, as JSON. */
export interface ServerArgument {
  readonly peer: PeerName;
  readonly options: PeerOptions;
}
