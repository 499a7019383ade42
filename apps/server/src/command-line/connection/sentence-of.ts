/** What an error says. */
export function sentenceOf(error: unknown): string {
  // Of several addresses that all failed.
  if (error instanceof AggregateError && error.message === '') return error.errors.map(sentenceOf).join('; ');
  return error instanceof Error ? error.message : String(error);
}
