import type { NewPublication, Publication } from '@skreaver/nestjs-ws';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ByteReader } from './byte-reader.js';
import { ByteWriter } from './byte-writer.js';
import { readNewPublication, readPublication, writeNewPublication, writePublication } from './event-fields.js';

const optional = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined });
// Texts of JSON are well formed.
const text = fc.string({ unit: 'grapheme' });
const content = {
  dataJson: text,
  dataBinary: optional(fc.uint8Array({ maxLength: 50 })),
  userId: optional(text),
  metadataJson: optional(text),
  except: optional(fc.record({ connectionId: text, userId: text }, { requiredKeys: [] })),
};
const limits = optional(fc.record({ size: fc.nat(), ttl: fc.nat() }));
const kind = fc.constantFrom<Publication['kind'][]>(undefined, 'join', 'leave');

describe('an event in a frame', () => {
  it('is read as it was written', () => {
    const publication = fc.record({
      channel: text,
      mirroredFrom: optional(text),
      ...content,
      timestamp: fc.nat(),
      position: optional(fc.record({ epoch: text, offset: fc.maxSafeNat() })),
      kind,
    });
    fc.assert(
      fc.property(publication, fc.nat(), (written, ttl) => {
        const out = new ByteWriter();
        writePublication(out, written, ttl);
        expect(readPublication(new ByteReader(out.take()))).toEqual({ publication: written, ttl });
      }),
    );
  });

  it('is published as it was said', () => {
    const publication = fc.record<NewPublication>({
      channel: text,
      history: limits,
      idempotencyKey: optional(text),
      mirror: optional(fc.record({ channel: text, history: limits })),
      kind,
      ...content,
    });
    fc.assert(
      fc.property(publication, (written) => {
        const out = new ByteWriter();
        writeNewPublication(out, written);
        expect(readNewPublication(new ByteReader(out.take()))).toEqual(written);
      }),
    );
  });
});
