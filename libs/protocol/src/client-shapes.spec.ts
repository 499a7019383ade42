import { describe, expect, it } from 'vitest';
import { decodeClientMessage } from './decode-client-message.js';

const decodeValue = (message: unknown) => decodeClientMessage(JSON.stringify(message));

describe('a message of a client', () => {
  it.each([
    { type: 'auth', data: { token: 't' } },
    { type: 'auth', data: { token: '', extra: 1 } },
    { type: 'subscribe', data: { channels: ['a'] } },
    { type: 'subscribe', data: { channels: ['not a name', { channel: 'also not' }] } },
    { type: 'subscribe', data: { channels: [{ channel: 'a', since: { epoch: 'e', offset: 0 }, join_leave: false }] } },
    { type: 'subscribe', data: { channels: [{ channel: 'a', since: 'acked' }] } },
    { type: 'unsubscribe', data: { channels: ['a', 'a'] } },
    { type: 'request', data: { method: 'm' } },
    { type: 'request', data: { method: 'm'.repeat(255), params: null, timeout: 0.5 } },
    { type: 'ack', correlation_id: 'c' },
    { type: 'ack', correlation_id: 'c', data: [1] },
    { type: 'ack', data: { channel: 'a', offset: 0 } },
    { type: 'ping' },
    { type: 'ping', data: {} },
    { type: 'pong', data: { timestamp: 1.5 }, correlation_id: 'c', metadata: { any: 'thing' } },
    { type: 'ping', unknown: 1 },
  ])('passes when its shape is right: %j', (message) => {
    expect(decodeValue(message)).toEqual({ ok: true, message });
  });

  const channelsWrong = /^data\.channels must be an array of 1 to 1000 channels/;
  const namesWrong = /^data\.channels must hold channel names/;
  const methodWrong = /^data\.method must be a string of 1 to 255/;
  const timeoutWrong = /^data\.timeout must be a positive number/;
  const sinceWrong = /^since in data\.channels must be \{epoch, offset\}/;
  const ackWrong = /^An ack needs the correlation_id of its event, or data/;

  it.each([
    ['auth', undefined, /^data\.token must be a string/],
    ['auth', 'token', /^data\.token must be a string/],
    ['auth', [], /^data\.token must be a string/],
    ['auth', { token: 1 }, /^data\.token must be a string/],
    ['subscribe', null, channelsWrong],
    ['subscribe', {}, channelsWrong],
    ['subscribe', { channels: 'a' }, channelsWrong],
    ['subscribe', { channels: [] }, channelsWrong],
    ['subscribe', { channels: { 0: 'a', length: 1 } }, channelsWrong],
    ['subscribe', { channels: ['a', 1] }, namesWrong],
    ['subscribe', { channels: [null] }, namesWrong],
    ['subscribe', { channels: [['a']] }, namesWrong],
    ['subscribe', { channels: [{ since: { epoch: 'e', offset: 1 } }] }, namesWrong],
    ['subscribe', { channels: [{ channel: 'a', since: null }] }, sinceWrong],
    ['subscribe', { channels: [{ channel: 'a', since: 'top' }] }, sinceWrong],
    ['subscribe', { channels: [{ channel: 'a', since: { offset: 1 } }] }, sinceWrong],
    ['subscribe', { channels: [{ channel: 'a', since: { epoch: 'e', offset: -1 } }] }, sinceWrong],
    ['subscribe', { channels: [{ channel: 'a', since: { epoch: 'e', offset: 1.5 } }] }, sinceWrong],
    ['subscribe', { channels: [{ channel: 'a', since: { epoch: 'e', offset: 2 ** 53 } }] }, sinceWrong],
    ['subscribe', { channels: [{ channel: 'a', since: { epoch: 'e', offset: '1' } }] }, sinceWrong],
    [
      'subscribe',
      { channels: [{ channel: 'a', join_leave: 1 }] },
      /^join_leave in data\.channels must be true or false/,
    ],
    ['unsubscribe', { channels: [] }, channelsWrong],
    ['unsubscribe', { channels: [{ channel: 'a' }] }, namesWrong],
    ['request', undefined, /^data must be an object with a method/],
    ['request', {}, methodWrong],
    ['request', { method: '' }, methodWrong],
    ['request', { method: 'm'.repeat(256) }, methodWrong],
    ['request', { method: ['m'] }, methodWrong],
    ['request', { method: 'm', timeout: 0 }, timeoutWrong],
    ['request', { method: 'm', timeout: -1 }, timeoutWrong],
    ['request', { method: 'm', timeout: null }, timeoutWrong],
    ['request', { method: 'm', timeout: '9' }, timeoutWrong],
    ['ack', undefined, ackWrong],
    ['ack', { channel: 'a' }, ackWrong],
    ['ack', { offset: 1 }, ackWrong],
    ['ack', { channel: 'a', offset: -1 }, ackWrong],
    ['ping', null, /^data must be an object with an optional timestamp/],
    ['ping', 5, /^data must be an object with an optional timestamp/],
    ['pong', [], /^data must be an object with an optional timestamp/],
    ['pong', { timestamp: 'now' }, /^data\.timestamp must be a number/],
  ])('of type %s with data %j is rejected with the expected shape', (type, data, sentence) => {
    const decoded = decodeValue({ type, data });
    expect(decoded).toEqual({
      ok: false,
      fault: { code: 'INVALID_MESSAGE', message: expect.stringMatching(sentence) },
    });
  });
});
