import { describe, expect, it } from 'vitest';
import { appMetadataJson } from './app-metadata.js';

const of = (metadata: unknown): string => appMetadataJson(metadata as object);
const codeOf = (code: string) => expect.objectContaining({ code });

describe('the metadata of an application', () => {
  it.each([
    [{}, '{}'],
    [{ trace: 'a', list: [1, null], skipped: undefined }, '{"trace":"a","list":[1,null]}'],
    [{ toJSON: () => ({ a: 1 }) }, '{"a":1}'],
  ])('%j is %s', (metadata, json) => {
    expect(of(metadata)).toBe(json);
  });

  it.each([null, 'text', 7, true, [], [{}], () => {}, new Date(0), { a: 1n }])(
    'is refused where it is no JSON object: %s',
    (metadata) => {
      expect(() => of(metadata)).toThrow(codeOf('INVALID_PARAMS'));
    },
  );

  it('has at most 1,024 bytes of UTF-8', () => {
    const around = '{"a":""}'.length;
    expect(of({ a: 'ж'.repeat((1024 - around) / 2) })).toHaveLength(around + 508);
    expect(() => of({ a: 'x'.repeat(1025 - around) })).toThrow(codeOf('MESSAGE_TOO_LARGE'));
  });
});
