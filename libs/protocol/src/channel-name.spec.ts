import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isChannelName } from './channel-name.js';

const allowed = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._:/-'.split('');

describe('isChannelName', () => {
  it('accepts every allowed character and no other of the first 70,000', () => {
    const taken = Array.from({ length: 70_000 }, (_, code) => String.fromCodePoint(code)).filter(isChannelName);
    expect(taken.toSorted()).toEqual(allowed.toSorted());
  });

  it('accepts 255 characters and rejects 256', () => {
    expect(isChannelName('a'.repeat(255))).toBe(true);
    expect(isChannelName('a'.repeat(256))).toBe(false);
  });

  it.each(['', 'a b', 'a\n', '\na', 'system ', 'ſystem', '\u212a', 'a\u200b', 'naïve'])('rejects %j', (name) => {
    expect(isChannelName(name)).toBe(false);
  });

  it.each([undefined, null, 7, {}, ['a'], new String('a')])('rejects %o, which is not a string', (value) => {
    expect(isChannelName(value)).toBe(false);
  });

  it('agrees with a literal reading of the rule', () => {
    const unit = fc.oneof({ weight: 20, arbitrary: fc.constantFrom(...allowed) }, fc.string({ maxLength: 1 }));
    fc.assert(
      fc.property(fc.array(unit, { maxLength: 260, size: 'max' }), (characters) => {
        const name = characters.join('');
        const fits = name.length >= 1 && name.length <= 255 && name.split('').every((one) => allowed.includes(one));
        expect(isChannelName(name)).toBe(fits);
      }),
    );
  });
});
