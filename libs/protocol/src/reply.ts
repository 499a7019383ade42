import type { WsMessage } from './messages.js';

/** Makes a message the reply to another one: adds the other's `correlation_id`, if it has one (PROTOCOL §2). */
export function reply<Message extends WsMessage>(
  to: { readonly correlation_id?: string | undefined },
  message: Message,
): Message {
  const { correlation_id } = to;
  // No spread: `JSON.stringify` takes three times as long on an object made by spread (1.3 µs instead of 0.4 on Node
  // 20).
  return correlation_id === undefined ? message : Object.assign({}, message, { correlation_id });
}
