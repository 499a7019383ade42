import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  announcementOf,
  decodeArrival,
  decodeEntry,
  encodeContent,
  plainHeader,
  presenceHeader,
} from './event-text.js';

const content = fc.record(
  {
    dataJson: fc.json(),
    dataBinary: fc.uint8Array({ minLength: 1 }),
    userId: fc.string({ unit: 'binary' }),
    metadataJson: fc.json(),
    except: fc.record({ userId: fc.string(), connectionId: fc.string() }, { requiredKeys: [] }),
  },
  { requiredKeys: ['dataJson'] },
);
const messageOf = (header: string, text: string | Buffer): Buffer =>
  Buffer.concat([Buffer.from(header), Buffer.from(text)]);

describe('the text of an event', () => {
  it('gives back what was published, with and without a position, from a mirror or not', () => {
    fc.assert(
      fc.property(
        content,
        fc.nat(),
        fc.boolean(),
        fc.constantFrom('', ' chat:1'),
        (published, time, isKept, source) => {
          const header = isKept ? `pk3v9 7 ${time} 60000 node.a${source}\n` : `n${time} node.a${source}\n`;
          const arrival = decodeArrival('chat', messageOf(header, encodeContent(published)));
          expect(arrival).toEqual({
            kind: 'event',
            origin: 'node.a',
            ttl: isKept ? 60_000 : 0,
            publication: {
              channel: 'chat',
              ...published,
              timestamp: time,
              position: isKept ? { epoch: 'k3v9', offset: 7 } : undefined,
              mirroredFrom: source === '' ? undefined : 'chat:1',
            },
          });
        },
      ),
    );
  });

  it('is read from a history as from a message', () => {
    fc.assert(
      fc.property(content, (published) => {
        const fields = [
          Buffer.from('d'),
          Buffer.from(encodeContent(published)),
          Buffer.from('s'),
          Buffer.from('chat:1'),
        ];
        expect(decodeEntry('chat', 'k3v9', [Buffer.from('7-1700'), fields])).toEqual({
          channel: 'chat',
          ...published,
          mirroredFrom: 'chat:1',
          timestamp: 1700,
          position: { epoch: 'k3v9', offset: 7 },
        });
      }),
    );
  });

  it('is data alone with nothing but a line feed before it', () => {
    expect(encodeContent({ dataJson: '{"a":1}' })).toBe('\n{"a":1}');
    expect(decodeArrival('chat', Buffer.from(`${plainHeader(5, 'n.1')}\n1`))).toMatchObject({ origin: 'n.1' });
  });

  it.each(['join', 'leave'] as const)('tells a %s, of a script and of a node', (kind) => {
    const of = (header: string) => decodeArrival('chat', Buffer.from(header + announcementOf('{"user":"ann"}')));
    const publication = { channel: 'chat', kind, dataJson: '{"user":"ann"}', timestamp: 1700 };
    expect(of(presenceHeader(kind, 1700, 'n.1'))).toMatchObject({ origin: 'n.1', publication });
    expect(of(`${kind[0]}1700\n`)).toMatchObject({ origin: '', publication });
  });

  it('of a later version is ignored', () => {
    expect(decodeArrival('chat', Buffer.from('z1 2 3\n{}\n1'))).toBeUndefined();
    expect(decodeArrival('chat', Buffer.from(''))).toBeUndefined();
  });

  it('does not keep the bytes that it came in', () => {
    const message = messageOf('n1 n.1\n', encodeContent({ dataJson: '1', dataBinary: new Uint8Array([7]) }));
    const arrival = decodeArrival('chat', message);
    const bytes = arrival?.kind === 'event' ? arrival.publication.dataBinary : undefined;
    expect(bytes?.buffer.byteLength).toBe(1);
  });
});
