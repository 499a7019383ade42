import { describe, expect, it } from 'vitest';
import { ReactRig } from '../../../test/support/react/react-rig.js';
import { useStream } from './use-stream.js';

async function started() {
  const rig = ReactRig.start();
  const shown = await rig.render(() => useStream('write', { coalesce: 'microtask' }));
  await rig.acted(() => rig.connect());
  return { rig, shown };
}

const chunk = (rig: ReactRig, sequence: number, result: unknown): Promise<void> =>
  rig.acted(() => rig.respond({ status: 'pending', sequence, result }));

const cancels = (rig: ReactRig): number =>
  rig.socket.of('request').filter(({ data }) => data.method === 'cancel').length;

describe('a stream of a component', () => {
  it('shows the chunks as they come, their text, and the result', async () => {
    const { rig, shown } = await started();
    await rig.acted(() => shown.current.start({ topic: 'x' }));
    expect(shown.current).toMatchObject({ status: 'streaming', chunks: [], text: '' });
    await chunk(rig, 0, 'Hello');
    await chunk(rig, 1, 7);
    const before = shown.current;
    await chunk(rig, 2, ' world');
    expect(before).toMatchObject({ chunks: ['Hello', 7], text: 'Hello' });
    await rig.acted(() => rig.respond({ status: 'success', result: { words: 2 } }));
    expect(shown.current).toMatchObject({
      status: 'done',
      chunks: ['Hello', 7, ' world'],
      text: 'Hello world',
      result: { words: 2 },
    });
    expect(rig.logged).toEqual([]);
  });

  it('shows why it failed, and what had come', async () => {
    const { rig, shown } = await started();
    await rig.acted(() => shown.current.start());
    await chunk(rig, 0, 'Hel');
    await rig.acted(() => rig.respond({ status: 'error', error: { code: 'BUSY', message: 'No.' } }));
    expect(shown.current).toMatchObject({ status: 'failed', error: { code: 'BUSY' }, text: 'Hel' });
  });

  it('is cancelled by the component, by the next one, and by the end of the component', async () => {
    const { rig, shown } = await started();
    await rig.acted(() => shown.current.start());
    await chunk(rig, 0, 'Hel');
    await rig.acted(() => shown.current.cancel());
    expect(shown.current).toMatchObject({ status: 'cancelled', text: 'Hel' });
    expect(cancels(rig)).toBe(1);
    await rig.acted(() => shown.current.start());
    await rig.acted(() => shown.current.start());
    expect(shown.current).toMatchObject({ status: 'streaming', text: '' });
    expect(cancels(rig)).toBe(2);
    await shown.unmount();
    expect(cancels(rig)).toBe(3);
  });
});
