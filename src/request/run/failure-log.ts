import { randomUUID } from 'node:crypto';
import type { ClientConnection } from '../../connection/index.js';
import { type ThrottledLog, describeError } from '../../metrics/index.js';
import { Timer, type TimerWheel } from '../../timers/index.js';

const PACE_MS = 1000;
/** Kinds of failures distinguished for a connection within {@link PACE_MS}. */
const MAX_KINDS = 16;
/** Repeats of a failure within {@link PACE_MS} that get an id each. */
const MAX_REPEATS = 20;
const MAX_MESSAGE_LENGTH = 200;

/** The first line of a stack that names a code location. */
const FRAME = /^ {4}at .*$/m;

type Described = ReturnType<typeof describeError>;

interface Repeat {
  readonly error_id: string;
  readonly name: string;
  readonly message: string;
  /** The number of failures that share the id, if more than one. */
  count?: number;
}

/**
 * Rate-limited log of failures, since clients can cause them. Each failure has its own id. Failures of one connection
 * with the same class and code location are one kind. The first of a kind within a second gets its own line. The
 * repeats share one line at the end of that second, each with its id and message. Beyond {@link MAX_REPEATS} they share
 * an id as well, so that the log contains every id that a client was told.
 */
export class FailureLog {
  private readonly bursts = new WeakMap<ClientConnection, Map<string, Burst>>();
  private readonly open = new Set<Burst>();

  constructor(
    private readonly log: ThrottledLog,
    private readonly wheel: TimerWheel,
  ) {}

  /** @returns the `error_id` of the failure in the log */
  note(connection: ClientConnection, error: unknown): string {
    const failure = describeError(error);
    const bursts = this.bursts.get(connection) ?? new Map<string, Burst>();
    this.bursts.set(connection, bursts);
    const place = `${failure.name} ${FRAME.exec(failure.stack ?? '')?.[0] ?? ''}`;
    const kind = bursts.has(place) || bursts.size < MAX_KINDS ? place : 'others';
    return bursts.get(kind)?.repeat(failure) ?? this.begin(connection, failure, bursts, kind);
  }

  /** Writes the collected repeats at once, before the process exits. */
  flush(): void {
    for (const burst of this.open) burst.fire();
  }

  private begin(connection: ClientConnection, failure: Described, bursts: Map<string, Burst>, kind: string): string {
    const { id: connection_id, userId: user_id } = connection;
    const error_id = randomUUID();
    this.log.event('handler failed', { connection_id, user_id, error_id, error: failure }, 'error');
    const burst = new Burst((repeats) => {
      this.wheel.disarm(burst);
      this.open.delete(burst);
      bursts.delete(kind);
      if (repeats.length === 0) return;
      this.log.event('handler failed again', { connection_id, user_id, first_error_id: error_id, repeats }, 'error');
    });
    bursts.set(kind, burst);
    this.open.add(burst);
    this.wheel.arm(burst, PACE_MS);
    return error_id;
  }
}

/** The repeats of one kind within the second after its first failure. */
class Burst extends Timer {
  private readonly repeats: Repeat[] = [];

  constructor(private readonly end: (repeats: readonly Repeat[]) => void) {
    super();
  }

  repeat({ name, message }: Described): string {
    const last = this.repeats.at(-1);
    if (last !== undefined && this.repeats.length > MAX_REPEATS) {
      last.count = (last.count ?? 1) + 1;
      return last.error_id;
    }
    const repeat = { error_id: randomUUID(), name, message: message.slice(0, MAX_MESSAGE_LENGTH) };
    this.repeats.push(repeat);
    return repeat.error_id;
  }

  override fire(): void {
    this.end(this.repeats);
  }
}
