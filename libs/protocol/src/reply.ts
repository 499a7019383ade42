import type { WsMessage } from './messages.js';

/** Makes a message the reply to another: it carries the `correlation_id` of that one, where there is one (PROTOCOL §2). */
export function reply<Message extends WsMessage>(
  to: { readonly correlation_id?: string | undefined },
  message: Message,
): Message {
  const { correlation_id } = to;
  return correlation_id === undefined ? message : { ...message, correlation_id };
}
