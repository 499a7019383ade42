export interface ParsedCloseReason {
  /** The text before the first `;`. Empty if there was no reason. */
  readonly name: string;
  readonly retryAfterMs?: number;
}

/** Reads a close reason of any server or proxy. Ignores unknown and malformed parameters. Never throws. */
export function parseCloseReason(reason: string): ParsedCloseReason {
  const [name = '', ...parameters] = reason.split(';').map((part) => part.trim());
  const hint = parameters.find((parameter) => /^retry_after_ms=\d{1,15}$/.test(parameter));
  return hint === undefined ? { name } : { name, retryAfterMs: Number(hint.split('=')[1]) };
}
