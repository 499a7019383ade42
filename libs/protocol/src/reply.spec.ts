import { describe, expect, it } from 'vitest';
import { reply } from './reply.js';

describe('reply', () => {
  it('copies the correlation id of the message that it answers, even an empty one', () => {
    expect(reply({ correlation_id: 'a' }, { type: 'pong' })).toEqual({ type: 'pong', correlation_id: 'a' });
    expect(reply({ correlation_id: '' }, { type: 'pong' })).toEqual({ type: 'pong', correlation_id: '' });
  });

  it('leaves the message unchanged if the other one has no correlation id', () => {
    const pong = { type: 'pong' } as const;
    expect(reply({}, pong)).toBe(pong);
    expect(reply({ correlation_id: undefined }, pong)).toBe(pong);
  });
});
