/** What an error says. */
export function sentenceOf(error: unknown): string {
  // Of several addresses that all failed.
  if (error instanceof AggregateError && error.message === '') return error.errors.map(sentenceOf).join('; ');
  if (isOfOpenssl(error)) return `TLS failed: ${error.reason}`;
  return error instanceof Error ? error.message : String(error);
}

/** Its message holds addresses and lines of the source of OpenSSL. */
const isOfOpenssl = (error: unknown): error is { readonly reason: string } =>
  error instanceof Error && 'library' in error && 'reason' in error;
