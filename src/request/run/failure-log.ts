import { randomUUID } from 'node:crypto';
import type { Connection } from '../../connection/index.js';
import { type ThrottledLog, describeError } from '../../metrics/index.js';
import { Timer, type TimerWheel } from '../../timers/index.js';

const PACE_MS = 1000;
/** Kinds of failures of one connection told apart within {@link PACE_MS}. */
const MAX_KINDS = 16;
/** Failures of one kind within {@link PACE_MS} that get an id each, after the first. */
const MAX_REPEATS = 20;
const MAX_MESSAGE_LENGTH = 200;

/** The first line of a stack that is a place. */
const FRAME = /^ {4}at .*$/m;

type Described = ReturnType<typeof describeError>;

interface Repeat {
  readonly error_id: string;
  readonly name: string;
  readonly message: string;
  /** How many share the id, where it is not one alone. */
  count?: number;
}

/**
 * Failures in the log, each under an id of its own. What a client can cause is paced: of the failures of one kind (class and
 * place) and connection the first of a second has a line of its own, and the others share the one that ends the second, each with
 * its id and message. Beyond {@link MAX_REPEATS} the rest share an id too, so that no id is told that the log does not have.
 */
export class FailureLog {
  private readonly bursts = new WeakMap<Connection, Map<string, Burst>>();
  private readonly open = new Set<Burst>();

  constructor(
    private readonly log: ThrottledLog,
    private readonly wheel: TimerWheel,
  ) {}

  /** @returns the `error_id` under which the log has it */
  note(connection: Connection, error: unknown): string {
    const failure = describeError(error);
    const bursts = this.bursts.get(connection) ?? new Map<string, Burst>();
    this.bursts.set(connection, bursts);
    const place = `${failure.name} ${FRAME.exec(failure.stack ?? '')?.[0] ?? ''}`;
    const kind = bursts.has(place) || bursts.size < MAX_KINDS ? place : 'others';
    return bursts.get(kind)?.repeat(failure) ?? this.begin(connection, failure, bursts, kind);
  }

  /** Writes what has been gathered: the process is about to end. */
  flush(): void {
    for (const burst of this.open) burst.fire();
  }

  private begin(connection: Connection, failure: Described, bursts: Map<string, Burst>, kind: string): string {
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

/** The failures of one kind that follow the first within a second. */
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
