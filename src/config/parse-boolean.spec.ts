import { describe, expect, it } from 'vitest';
import { parseBoolean } from './parse-boolean.js';

describe('parseBoolean', () => {
  it.each(['true', 'TRUE', '1', 'yes', 'on', ' on '])('reads %j as true', (text) => {
    expect(parseBoolean(text)).toBe(true);
  });

  it.each(['false', 'False', '0', 'no', 'off'])('reads %j as false', (text) => {
    expect(parseBoolean(text)).toBe(false);
  });

  it.each(['', '2', 'ja', 'truefalse'])('refuses %j', (text) => {
    expect(() => parseBoolean(text)).toThrow(
      `boolean is "${text}"; allowed: true or false (also 1 or 0, yes or no, on or off).`,
    );
  });
});
