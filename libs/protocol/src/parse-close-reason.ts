export interface ParsedCloseReason {
  /** The text before the first `;`. Empty if there was no reason. */
  readonly name: string;
  readonly retryAfterMs: number | undefined;
}

/** Reads a close reason of any server or proxy. Ignores unknown and malformed parameters. Never throws. */
export function parseCloseReason(reason: string): ParsedCloseReason {
  const name = reason.replace(/;.*/s, '').trim();
  const hint = /;\s*retry_after_ms=(\d{1,15})\s*(;|$)/.exec(reason);
  return { name, retryAfterMs: hint ? Number(hint[1]) : undefined };
}
