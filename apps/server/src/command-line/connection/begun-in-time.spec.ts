import type { ResponseStream } from '@skreaver/client';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { ExitCode } from '../grammar/exit-code.js';
import { begunInTime } from './begun-in-time.js';

/** A stream that yields a chunk at each call of `push`, and rejects with the reason when it is cancelled. */
function pushedStream() {
  const { readable, writable } = new TransformStream<string, string>();
  const writer = writable.getWriter();
  const cancel = vi.fn<ResponseStream['cancel']>((reason) => void writer.abort(reason).catch(() => {}));
  const stream = { cancel, [Symbol.asyncIterator]: () => readable[Symbol.asyncIterator]() };
  return { stream: stream as unknown as ResponseStream, cancel, push: (chunk: string) => void writer.write(chunk) };
}

describe('a stream without a timeout of its own', () => {
  it('is cancelled when it has not begun after 10 s, as a command that had no answer in time', async () => {
    vi.useFakeTimers();
    onTestFinished(() => void vi.useRealTimers());
    const { stream, cancel } = pushedStream();
    const first = begunInTime(stream).next();
    const outcome = first.catch((error: unknown) => error);
    await vi.advanceTimersByTimeAsync(9_999);
    expect(cancel).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(1);
    expect(await outcome).toMatchObject({ exitCode: ExitCode.Timeout, message: 'No answer came within 10000 ms.' });
  });

  it('may take as long as it does once it has begun', async () => {
    vi.useFakeTimers();
    onTestFinished(() => void vi.useRealTimers());
    const { stream, cancel, push } = pushedStream();
    const chunks = begunInTime(stream);
    push('one');
    expect(await chunks.next()).toEqual({ value: 'one', done: false });
    const second = chunks.next();
    await vi.advanceTimersByTimeAsync(3_600_000);
    expect(cancel).not.toHaveBeenCalled();
    push('two');
    expect(await second).toEqual({ value: 'two', done: false });
  });
});
