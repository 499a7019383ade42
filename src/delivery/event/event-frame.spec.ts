import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { eventMetadata, eventMetadataJson } from './event-frame.js';

const PUBLICATION = { channel: 'news', timestamp: 1, position: undefined, kind: undefined };

describe('the metadata of an event', () => {
  it('has the text of the application as it was checked, which is not parsed again', () => {
    const metadataJson = '{"n":1.0,"from":{"user_id":"ann"},"__proto__":1}';
    expect(eventMetadataJson({ ...PUBLICATION, metadataJson })).toBe(
      `{"channel":"news","timestamp":1,"app":${metadataJson}}`,
    );
    expect(eventMetadataJson({ ...PUBLICATION, metadataJson }, true)).toBe(
      `{"channel":"news","timestamp":1,"gap":true,"app":${metadataJson}}`,
    );
  });

  it('is the same as text and as a value', () => {
    const position = fc.option(fc.record({ epoch: fc.string(), offset: fc.nat() }), { nil: undefined });
    const publication = fc.record({
      channel: fc.string({ unit: 'binary' }),
      mirroredFrom: fc.option(fc.string({ unit: 'binary' }), { nil: undefined }),
      timestamp: fc.nat(),
      position,
      kind: fc.constantFrom('join' as const, 'leave' as const, undefined),
      userId: fc.option(fc.string({ unit: 'binary' }), { nil: undefined }),
      metadataJson: fc.option(
        fc.dictionary(fc.string(), fc.jsonValue()).map((app) => JSON.stringify(app)),
        { nil: undefined },
      ),
    });
    fc.assert(
      fc.property(publication, (each) => {
        expect(JSON.parse(eventMetadataJson(each))).toEqual(eventMetadata(each));
      }),
    );
  });
});
