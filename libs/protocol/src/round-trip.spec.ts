import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeClientMessage } from './decode-client-message.js';
import { decodeServerMessage } from './decode-server-message.js';
import { encode, encodeEvent } from './encode.js';
import {
  clientMessageTypes,
  serverMessageTypes,
  type ClientMessage,
  type EventMessage,
  type ServerMessage,
} from './messages.js';

const text = fc.string({ unit: 'binary', maxLength: 20 });
const id = fc.string({ unit: 'grapheme-ascii', maxLength: 128 });
const count = fc.maxSafeNat();
const flag = fc.boolean();
/** JSON values that went through JSON once already, as -0 and `__proto__` literals do not survive that unchanged. */
const json = fc.jsonValue({ maxDepth: 4 }).map((value): unknown => JSON.parse(JSON.stringify(value)));
const object = fc.dictionary(text, json, { maxKeys: 4, noNullPrototype: true });
const time = fc.nat();

const position = fc.record({ epoch: text, offset: count });
const errorBody = fc.record({ code: text, message: text, details: object }, { requiredKeys: ['code', 'message'] });
const failed = fc.array(fc.record({ channel: text, code: text, message: text }), { maxLength: 3 });
const names = fc.array(text, { maxLength: 4 });
const someNames = fc.array(text, { minLength: 1, maxLength: 4 });
const free = { correlation_id: id, metadata: object };
const required = { requiredKeys: ['type' as const, 'data' as const] };

const request = fc.record({ channel: text, since: position, join_leave: flag }, { requiredKeys: ['channel'] });
const call = fc.record(
  { method: fc.string({ minLength: 1, maxLength: 255 }), params: json, timeout: fc.integer({ min: 1 }) },
  { requiredKeys: ['method'] },
);
const stamp = fc.record({ timestamp: time }, { requiredKeys: [] });
const heartbeat = <Type extends 'ping' | 'pong'>(type: Type) =>
  fc.record({ type: fc.constant(type), data: stamp, ...free }, { requiredKeys: ['type'] });

const clientMessages: { [Type in ClientMessage['type']]: fc.Arbitrary<ClientMessage & { type: Type }> } = {
  auth: fc.record({ type: fc.constant('auth' as const), data: fc.record({ token: text }), ...free }, required),
  subscribe: fc.record(
    {
      type: fc.constant('subscribe' as const),
      data: fc.record({ channels: fc.array(fc.oneof(text, request), { minLength: 1, maxLength: 4 }) }),
      ...free,
    },
    required,
  ),
  unsubscribe: fc.record(
    { type: fc.constant('unsubscribe' as const), data: fc.record({ channels: someNames }), ...free },
    required,
  ),
  request: fc.record({ type: fc.constant('request' as const), data: call, ...free }, required),
  ack: fc.oneof(
    fc.record({ type: fc.constant('ack' as const), correlation_id: id, data: json }),
    fc.record({ type: fc.constant('ack' as const), data: fc.record({ channel: text, offset: count }) }),
  ),
  ping: heartbeat('ping'),
  pong: heartbeat('pong'),
};

const identity = fc.record(
  {
    success: fc.constant(true as const),
    user_id: text,
    connection_id: text,
    expires_at: time,
    expires_in: time,
    ping_interval: time,
    reconnect_window_ms: time,
    message_rate: count,
    message_burst: count,
    max_requests: count,
  },
  { requiredKeys: ['success', 'user_id', 'connection_id'] },
);
const positions = fc.dictionary(text, fc.record({ epoch: text, offset: count, recovered: flag }), {
  noNullPrototype: true,
});
const eventMetadata = fc.record(
  {
    channel: text,
    timestamp: time,
    epoch: text,
    offset: count,
    kind: fc.constantFrom('join' as const, 'leave' as const, 'skipped' as const, 'withdrawn' as const),
    from: fc.record({ user_id: fc.string() }),
    gap: fc.oneof(fc.constant(true as const), fc.record({ from: count, to: count })),
  },
  { requiredKeys: ['channel', 'timestamp'] },
);
const event: fc.Arbitrary<EventMessage> = fc.record(
  { type: fc.constant('event' as const), data: json, correlation_id: id, metadata: eventMetadata },
  { requiredKeys: ['type', 'data', 'metadata'] },
);

const serverMessages: { [Type in ServerMessage['type']]: fc.Arbitrary<ServerMessage & { type: Type }> } = {
  auth_response: fc.record(
    {
      type: fc.constant('auth_response' as const),
      data: fc.oneof(identity, fc.record({ success: fc.constant(false as const), error: errorBody })),
      ...free,
    },
    required,
  ),
  subscribe_response: fc.record(
    {
      type: fc.constant('subscribe_response' as const),
      data: fc.record(
        { success: flag, subscribed: names, failed, positions },
        { requiredKeys: ['success', 'subscribed'] },
      ),
      ...free,
    },
    required,
  ),
  unsubscribe_response: fc.record(
    {
      type: fc.constant('unsubscribe_response' as const),
      data: fc.record(
        { success: flag, unsubscribed: names, failed, reason: text },
        { requiredKeys: ['success', 'unsubscribed'] },
      ),
      ...free,
    },
    required,
  ),
  response: fc.record(
    {
      type: fc.constant('response' as const),
      data: fc.oneof(
        fc.record({ status: fc.constant('success' as const), result: json }),
        fc.record({ status: fc.constant('error' as const), error: errorBody }),
        fc.record({ status: fc.constant('pending' as const), result: json, sequence: count }),
        fc.record({ status: fc.constant('cancelled' as const) }),
      ),
      ...free,
    },
    required,
  ),
  event,
  ping: heartbeat('ping'),
  pong: heartbeat('pong'),
  error: fc.record({ type: fc.constant('error' as const), data: errorBody, ...free }, required),
};

const utf8 = new TextEncoder();

describe('encode, then decode', () => {
  it.each(clientMessageTypes)('return the same %s of a client, from text and from bytes', (type) => {
    fc.assert(
      fc.property(clientMessages[type] as fc.Arbitrary<ClientMessage>, (message) => {
        const encoded = encode(message);
        expect(decodeClientMessage(encoded)).toEqual({ ok: true, message });
        expect(decodeClientMessage(utf8.encode(encoded))).toEqual({ ok: true, message });
      }),
    );
  });

  it.each(serverMessageTypes)('return the same %s of a server', (type) => {
    fc.assert(
      fc.property(serverMessages[type] as fc.Arbitrary<ServerMessage>, (message) => {
        expect(decodeServerMessage(encode(message))).toEqual({ ok: true, message });
      }),
    );
  });

  it('return the same event if its payload was stringified before', () => {
    fc.assert(
      fc.property(event, (message) => {
        const encoded = encodeEvent(JSON.stringify(message.data), message.metadata, message.correlation_id);
        expect(decodeServerMessage(encoded)).toEqual({ ok: true, message });
      }),
    );
  });
});
