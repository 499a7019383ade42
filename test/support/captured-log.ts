import type { LoggerService } from '@nestjs/common';

export interface LogLine {
  readonly level: 'log' | 'warn' | 'error' | 'debug' | 'verbose' | 'fatal';
  readonly values: readonly unknown[];
}

/** Keeps what an application logs, for a test to look at. */
export class CapturedLog implements LoggerService {
  readonly lines: LogLine[] = [];

  log = (...values: unknown[]): void => this.keep('log', values);
  warn = (...values: unknown[]): void => this.keep('warn', values);
  error = (...values: unknown[]): void => this.keep('error', values);
  debug = (...values: unknown[]): void => this.keep('debug', values);
  verbose = (...values: unknown[]): void => this.keep('verbose', values);
  fatal = (...values: unknown[]): void => this.keep('fatal', values);

  /** Lines whose `msg` is this. */
  of(msg: string): Record<string, unknown>[] {
    return this.lines
      .map((line) => line.values[0])
      .filter((value): value is Record<string, unknown> => (value as { msg?: unknown } | null)?.msg === msg);
  }

  /** Everything, as text: to look for what must not be there. */
  text(): string {
    return this.lines.map((line) => line.values.map(show).join(' ')).join('\n');
  }

  private keep(level: LogLine['level'], values: unknown[]): void {
    this.lines.push({ level, values });
  }
}

function show(value: unknown): string {
  if (value instanceof Error) return `${value.stack}`;
  return JSON.stringify(value, (_key, inner: unknown) => (inner instanceof Error ? inner.stack : inner)) ?? '';
}
