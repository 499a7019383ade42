import type { WsErrorCode } from './error-codes.js';
import type { ClientMessage, WsMessage } from './messages.js';

/** A fault of a message, ready to be sent back as an `error`. It contains no text of the message. */
export interface Fault {
  readonly code: WsErrorCode;
  readonly message: string;
  /** The correlation id of the faulty message, if one could be read. */
  readonly correlationId?: string;
  /** Set if the message is a `request` with a correlation id: the fault is then sent as a `response` (PROTOCOL §5). */
  readonly isRequest?: true;
  readonly details?: Readonly<Record<string, unknown>>;
}

export type Decoded<Message extends WsMessage = ClientMessage> =
  { readonly ok: true; readonly message: Message } | { readonly ok: false; readonly fault: Fault };

export type Refused = Extract<Decoded, { ok: false }>;

/** The content of a fault. The code is `INVALID_MESSAGE` unless another is given. */
export type FaultContent = Partial<Pick<Fault, 'code'>> & Pick<Fault, 'message' | 'details'>;

/** The result of all checks. The decoders give a more exact type to a `message` that passed them. */
export type Checked = { readonly ok: true; readonly message: object } | Refused;

/** Rejects a message. @param type its type, if known */
export function refuse(content: FaultContent, correlationId?: string, type?: unknown): Refused {
  const fault: Fault = { code: 'INVALID_MESSAGE', ...content };
  if (correlationId === undefined) return { ok: false, fault };
  if (type !== 'request') return { ok: false, fault: { ...fault, correlationId } };
  return { ok: false, fault: { ...fault, correlationId, isRequest: true } };
}
