import { describe, expect, it } from 'vitest';
import { skreaverDialect } from './skreaver-dialect.js';

const answer = (data: object): string => JSON.stringify({ type: 'subscribe_response', data });

describe('the answer to a subscribe', () => {
  it('tells the position of a channel with history', () => {
    const position = { epoch: 'e1', offset: 7, recovered: false };
    expect(skreaverDialect.positionIn?.(answer({ positions: { c0: position } }), 'c0')).toEqual(position);
  });

  it('tells no position of a channel without', () => {
    expect(skreaverDialect.positionIn?.(answer({ subscribed: ['c0'] }), 'c0')).toBeUndefined();
  });
});
