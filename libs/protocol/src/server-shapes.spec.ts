import { describe, expect, it } from 'vitest';
import { decodeServerMessage } from './decode-server-message.js';

const error = { code: 'INTERNAL_ERROR', message: 'Oh.' };
const failed = [{ channel: 'b', ...error }];
const metadata = { channel: 'a', timestamp: 1 };

describe('a message of a server', () => {
  it.each([
    { type: 'auth_response', data: { success: true, user_id: 'u', connection_id: 'c' } },
    { type: 'auth_response', data: { success: true, user_id: 'u', connection_id: 'c', expires_at: 5 } },
    {
      type: 'auth_response',
      data: {
        success: true,
        user_id: 'u',
        connection_id: 'c',
        expires_at: 5,
        expires_in: 0,
        ping_interval: 30_000,
        reconnect_window_ms: 0,
        message_rate: 50,
        message_burst: 100,
        max_requests: 100,
        of_a_later_release: [],
      },
    },
    { type: 'auth_response', data: { success: false, error } },
    { type: 'subscribe_response', data: { success: true, subscribed: [] } },
    {
      type: 'subscribe_response',
      data: { success: false, subscribed: ['a'], failed, positions: { a: { epoch: 'e', offset: 1, recovered: true } } },
    },
    { type: 'unsubscribe_response', data: { success: true, unsubscribed: ['a'], reason: 'revoked' } },
    { type: 'unsubscribe_response', data: { success: false, unsubscribed: [], failed } },
    { type: 'response', data: { status: 'success', result: null } },
    { type: 'response', data: { status: 'success' } },
    { type: 'response', data: { status: 'error', error: { ...error, details: { max: 1 } } } },
    { type: 'response', data: { status: 'pending', result: 1, sequence: 0 } },
    { type: 'response', data: { status: 'cancelled' }, correlation_id: 'c' },
    { type: 'event', data: null, metadata },
    { type: 'event', data: 'x', metadata: { ...metadata, epoch: 'e', offset: 1, kind: 'join', gap: true } },
    { type: 'event', data: 1, metadata: { ...metadata, from: { user_id: 'ann', more: 1 } } },
    { type: 'event', data: 1, metadata: { ...metadata, app: { trace: 'a' } } },
    { type: 'event', data: null, metadata: { ...metadata, epoch: 'e', offset: 1, kind: 'skipped' } },
    { type: 'event', data: null, correlation_id: 'q', metadata: { timestamp: 1, kind: 'withdrawn' } },
    { type: 'event', data: null, metadata: { ...metadata, kind: 'of a later release' } },
    { type: 'event', data: [], metadata: { ...metadata, kind: 'leave', gap: { from: 1, to: 2 }, own: 1 } },
    { type: 'ping', data: { timestamp: 1 } },
    { type: 'pong' },
    { type: 'error', data: { code: 'A_NEWER_CODE', message: '' } },
  ])('passes when its shape is right: %j', (message) => {
    expect(decodeServerMessage(JSON.stringify(message))).toEqual({ ok: true, message });
  });

  it.each([
    ['auth_response', null],
    ['auth_response', { success: true, user_id: 'u' }],
    ['auth_response', { success: true, connection_id: 'c' }],
    ['auth_response', { success: true, user_id: 'u', connection_id: 'c', expires_at: 'soon' }],
    ['auth_response', { success: true, user_id: 'u', connection_id: 'c', expires_in: -1 }],
    ['auth_response', { success: true, user_id: 'u', connection_id: 'c', ping_interval: '30s' }],
    ['auth_response', { success: true, user_id: 'u', connection_id: 'c', reconnect_window_ms: 0.5 }],
    ['auth_response', { success: true, user_id: 'u', connection_id: 'c', message_rate: -1 }],
    ['auth_response', { success: true, user_id: 'u', connection_id: 'c', message_burst: '100' }],
    ['auth_response', { success: true, user_id: 'u', connection_id: 'c', max_requests: 1.5 }],
    ['auth_response', { success: false }],
    ['auth_response', { success: 'yes', user_id: 'u', connection_id: 'c' }],
    ['subscribe_response', []],
    ['subscribe_response', { success: 1, subscribed: [] }],
    ['subscribe_response', { success: true, subscribed: 'a' }],
    ['subscribe_response', { success: true, subscribed: [1] }],
    ['subscribe_response', { success: true, subscribed: [], failed: [error] }],
    ['subscribe_response', { success: true, subscribed: [], failed: {} }],
    ['subscribe_response', { success: true, subscribed: [], failed: [null] }],
    ['subscribe_response', { success: true, subscribed: [], failed: [{ channel: 'a', code: 'C' }] }],
    ['subscribe_response', { success: true, subscribed: [], failed: [{ channel: 'a', message: 'M' }] }],
    ['subscribe_response', { success: true, subscribed: [], positions: [] }],
    ['subscribe_response', { success: true, subscribed: [], positions: { a: { epoch: 'e', offset: 1 } } }],
    ['subscribe_response', { success: true, subscribed: [], positions: { a: { offset: 1, recovered: true } } }],
    ['subscribe_response', { success: true, subscribed: [], positions: { a: null } }],
    ['unsubscribe_response', undefined],
    ['unsubscribe_response', { unsubscribed: [] }],
    ['unsubscribe_response', { success: true }],
    ['unsubscribe_response', { success: true, unsubscribed: [], failed: 1 }],
    ['unsubscribe_response', { success: true, unsubscribed: [], reason: 1 }],
    ['response', 'success'],
    ['response', {}],
    ['response', { status: 'done' }],
    ['response', { status: 'error', error: { code: 'C' } }],
    ['response', { status: 'error', error: { message: 'M' } }],
    ['response', { status: 'error', error: { ...error, details: [] } }],
    ['response', { status: 'pending', result: 1 }],
    ['response', { status: 'pending', result: 1, sequence: -1 }],
    ['ping', 1],
    ['error', undefined],
    ['error', { code: 1, message: '' }],
  ])('of type %s is rejected with data %j', (type, data) => {
    const decoded = decodeServerMessage(JSON.stringify({ type, data }));
    expect(decoded).toMatchObject({ ok: false, fault: { message: expect.stringMatching(/^data/) } });
  });

  it('is not an event without data, though null would be data', () => {
    const decoded = decodeServerMessage(JSON.stringify({ type: 'event', metadata }));
    expect(decoded).toMatchObject({ ok: false, fault: { message: 'An event must have data.' } });
  });

  it.each([
    undefined,
    {},
    { channel: 1, timestamp: 1 },
    { channel: 'a' },
    { channel: 'a', timestamp: '1' },
    { ...metadata, epoch: 1 },
    { ...metadata, offset: -1 },
    { ...metadata, kind: 1 },
    { ...metadata, app: 'x' },
    { ...metadata, app: [] },
    { ...metadata, from: 'ann' },
    { ...metadata, from: {} },
    { ...metadata, from: { user_id: 7 } },
    { ...metadata, gap: false },
    { ...metadata, gap: { from: 1 } },
    { ...metadata, gap: { to: 1 } },
  ])('is not an event with the metadata %j', (wrong) => {
    const decoded = decodeServerMessage(JSON.stringify({ type: 'event', data: 1, metadata: wrong }));
    expect(decoded).toMatchObject({
      ok: false,
      fault: { message: expect.stringMatching(/^The metadata of an event/) },
    });
  });
});
