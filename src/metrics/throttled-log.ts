import { Injectable, Logger } from '@nestjs/common';
import { NodeId } from '../node/index.js';

const MIN_GAP_MS = 1000;

type Level = 'warn' | 'error';
type Fields = Readonly<Record<string, unknown>>;

interface Pace {
  lastAt: number;
  suppressed: number;
}

/**
 * Log for everything that a client can cause: at most one line a second for each subject (such as a connection) and
 * kind. The next line has the number of lines left out in `suppressed`. Fields are structured, and name this node; text
 * of a client is never logged.
 */
@Injectable()
export class ThrottledLog {
  private readonly logger = new Logger('SkreaverWs');
  private readonly paces = new WeakMap<object, Map<string, Pace>>();

  constructor(private readonly node: NodeId) {}

  /** Logs an event that happens once to a subject, or that the caller limits. */
  event(kind: string, fields: Fields, level: Level | 'log' = 'log'): void {
    this.emit(level, { ...fields, msg: kind });
  }

  write(level: Level, subject: object, kind: string, fields: Fields): void {
    const pace = this.paceOf(subject, kind);
    const now = performance.now();
    if (now - pace.lastAt < MIN_GAP_MS) {
      pace.suppressed += 1;
      return;
    }
    const suppressed = pace.suppressed > 0 ? { suppressed: pace.suppressed } : {};
    pace.lastAt = now;
    pace.suppressed = 0;
    this.emit(level, { ...fields, ...suppressed, msg: kind });
  }

  /** Catches exceptions of the logger, which must end neither the operation that logs nor the process. */
  private emit(level: Level | 'log', line: Fields): void {
    try {
      this.logger[level]({ node: this.node.value, ...line });
    } catch {
      // The logger is what failed, so the failure cannot be logged.
    }
  }

  private paceOf(subject: object, kind: string): Pace {
    let kinds = this.paces.get(subject);
    if (kinds === undefined) this.paces.set(subject, (kinds = new Map()));
    let pace = kinds.get(kind);
    if (pace === undefined) kinds.set(kind, (pace = { lastAt: Number.NEGATIVE_INFINITY, suppressed: 0 }));
    return pace;
  }
}
