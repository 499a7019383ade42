import type { ArgumentsHost } from '@nestjs/common';
import { firstValueFrom, isObservable } from 'rxjs';
import { isDeliberate } from './is-deliberate.js';

/** As Nest's filter contexts list them. */
export interface ExceptionFilterEntry {
  readonly func: (exception: unknown, host: ArgumentsHost) => unknown;
  /** Without types, the filter catches everything. */
  readonly exceptionMetatypes: readonly unknown[];
}

export type FilterOutcome = { readonly result: unknown } | { readonly error: unknown };

/** @param entry the filter that failed; @param error what it threw */
type FilterFailed = (entry: ExceptionFilterEntry, error: unknown) => void;

/**
 * The exception filters of one call, the closest first: method, class, application. The first that catches the exception
 * is asked, and no other.
 */
export class ExceptionFilters {
  constructor(
    private readonly entries: readonly ExceptionFilterEntry[],
    private readonly host: ArgumentsHost,
  ) {}

  /**
   * A filter decides by an error of the protocol or of Nest, thrown or returned, or by a value, which is the result. By
   * returning nothing, or the exception itself, it leaves the exception as it is. So does a filter that fails, as one made
   * for HTTP does, which finds no response to write to. Never rejects.
   */
  async outcomeOf(exception: unknown, failed: FilterFailed): Promise<FilterOutcome> {
    const entry = this.entries.find(({ exceptionMetatypes }) => catches(exceptionMetatypes, exception));
    if (entry === undefined) return { error: exception };
    const outcome = await settled(async () => entry.func(exception, this.host));
    if ('result' in outcome) return outcome.result === undefined ? { error: exception } : outcome;
    if (outcome.error === exception || isDeliberate(outcome.error)) return outcome;
    failed(entry, outcome.error);
    return { error: exception };
  }
}

function catches(types: readonly unknown[], exception: unknown): boolean {
  return types.length === 0 || types.some((type) => typeof type === 'function' && exception instanceof type);
}

/** Waits for a promise and for the first value of an Observable. An error that is returned counts as thrown. */
async function settled(ask: () => Promise<unknown>): Promise<FilterOutcome> {
  try {
    const returned = await ask();
    const result = isObservable(returned) ? await firstValueFrom(returned, { defaultValue: undefined }) : returned;
    return result instanceof Error ? { error: result } : { result };
  } catch (error) {
    return { error };
  }
}
