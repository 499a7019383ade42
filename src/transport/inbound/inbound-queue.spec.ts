import { WsErrorCode } from '@skreaver/protocol';
import { describe, expect, it } from 'vitest';
import { InboundQueue, type InboundLimits } from './inbound-queue.js';

function create(limits: Partial<InboundLimits>) {
  const calls: string[] = [];
  const socket = { pause: () => calls.push('pause'), resume: () => calls.push('resume') };
  return { calls, queue: new InboundQueue(socket, { messages: 100, bytes: 100_000, ...limits }) };
}

const ofBytes = (length: number): Buffer => Buffer.alloc(length);
const fault = { code: WsErrorCode.MessageTooLarge, message: 'too large' };

describe('an inbound queue', () => {
  it('returns messages and faults in the order of arrival', () => {
    const { queue } = create({});
    const items = [Buffer.from('a'), fault, Buffer.from('b')];
    for (const item of items) queue.add(item);
    expect([queue.take(), queue.take(), queue.take(), queue.take()]).toEqual([...items, undefined]);
  });

  it('stops reading at the bound in messages, and drops nothing that still arrives', () => {
    const { queue, calls } = create({ messages: 4 });
    for (let index = 0; index < 3; index += 1) queue.add(ofBytes(index));
    expect([calls, queue.isPaused]).toEqual([[], false]);
    queue.add(ofBytes(3));
    expect([calls, queue.isPaused]).toEqual([['pause'], true]);
    queue.add(ofBytes(4));
    expect(calls).toEqual(['pause']);
    expect(Array.from({ length: 5 }, () => queue.take())).toEqual([0, 1, 2, 3, 4].map(ofBytes));
  });

  it('resumes reading when half of the bound in messages is taken', () => {
    const { queue, calls } = create({ messages: 4 });
    for (let index = 0; index < 4; index += 1) queue.add(ofBytes(1));
    queue.take();
    expect([calls, queue.isPaused]).toEqual([['pause'], true]);
    queue.take();
    expect([calls, queue.isPaused]).toEqual([['pause', 'resume'], false]);
    queue.take();
    expect(calls).toEqual(['pause', 'resume']);
  });

  it('stops and resumes by the bound in bytes too', () => {
    const { queue, calls } = create({ bytes: 100 });
    queue.add(ofBytes(40));
    queue.add(ofBytes(59));
    expect(calls).toEqual([]);
    queue.add(ofBytes(1));
    expect(calls).toEqual(['pause']);
    queue.take();
    expect(calls).toEqual(['pause']);
    queue.take();
    expect(calls).toEqual(['pause', 'resume']);
  });

  it('counts a fault as a message without bytes', () => {
    const { queue, calls } = create({ messages: 2, bytes: 1 });
    queue.add(fault);
    expect(calls).toEqual([]);
    queue.add(fault);
    expect(calls).toEqual(['pause']);
  });

  it('pauses and resumes for each message if its bound is one', () => {
    const { queue, calls } = create({ messages: 1 });
    queue.add(ofBytes(1));
    queue.take();
    queue.add(ofBytes(1));
    queue.take();
    expect(calls).toEqual(['pause', 'resume', 'pause', 'resume']);
  });

  it('resumes reading when its bounds are widened enough', () => {
    const { queue, calls } = create({ messages: 4 });
    for (let index = 0; index < 4; index += 1) queue.add(ofBytes(1));
    queue.widen({ messages: 7, bytes: 100_000 });
    expect(calls).toEqual(['pause']);
    queue.widen({ messages: 8, bytes: 100_000 });
    expect([calls, queue.isPaused]).toEqual([['pause', 'resume'], false]);
  });

  it('does not resume what was not paused', () => {
    const { queue, calls } = create({});
    queue.add(ofBytes(1));
    queue.widen({ messages: 200, bytes: 1 });
    queue.take();
    queue.close();
    expect(calls).toEqual([]);
  });

  it('resumes reading once closed, so that the close frame is seen, and drops the waiting messages', () => {
    const { queue, calls } = create({ messages: 2 });
    queue.add(ofBytes(1));
    queue.add(ofBytes(1));
    queue.close();
    expect([calls, queue.isPaused, queue.take()]).toEqual([['pause', 'resume'], false, undefined]);
  });
});
