import { describe, expect, it } from 'vitest';
import { PongFrames } from './pong-frames.js';

/** A WebSocket whose "kernel" takes a pong only when told to. */
function rig() {
  const sent: string[] = [];
  const taking: (() => void)[] = [];
  const pongs = new PongFrames({
    pong: (data: Buffer, _mask: boolean, taken: () => void) => {
      sent.push(data.toString());
      taking.push(taken);
    },
  });
  return { sent, taking, answer: (text: string) => pongs.answer(Buffer.from(text)), pongs };
}

describe('pongs', () => {
  it('answer each ping of a peer that reads', () => {
    const { sent, taking, answer } = rig();
    for (const text of ['a', 'b', 'c']) {
      answer(text);
      taking.shift()?.();
    }
    expect(sent).toEqual(['a', 'b', 'c']);
  });

  it('answer only the newest ping of a peer that does not read, once it reads', () => {
    const { sent, taking, answer } = rig();
    const pings = Array.from({ length: 100 }, (_, at) => `${at}`);
    for (const text of pings) answer(text);
    expect(sent).toEqual(pings.slice(0, 20));
    for (const taken of taking.splice(0)) taken();
    expect(sent).toEqual([...pings.slice(0, 20), '99']);
  });

  it('do not retain the buffer that their ping was read in', () => {
    const { pongs, sent, taking } = rig();
    const read = Buffer.from('first second');
    pongs.answer(read.subarray(0, 5));
    pongs.answer(read.subarray(6));
    read.fill('x');
    taking.shift()?.();
    expect(sent).toEqual(['first', 'second']);
  });
});
