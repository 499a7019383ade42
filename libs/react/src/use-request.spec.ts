import { describe, expect, it } from 'vitest';
import { ReactRig } from '../../../test/support/react/react-rig.js';
import { useRequest } from './use-request.js';

async function started() {
  const rig = ReactRig.start();
  const shown = await rig.render(() => useRequest('double'));
  await rig.acted(() => rig.connect());
  return { rig, shown };
}

const cancels = (rig: ReactRig): unknown[] => rig.socket.of('request').filter(({ data }) => data.method === 'cancel');

describe('a request of a component', () => {
  it('shows that it waits, and then its result; the promise has it too', async () => {
    const { rig, shown } = await started();
    const { run } = shown.current;
    let result: unknown;
    await rig.acted(() => void run({ n: 21 }).then((value) => (result = value)));
    expect(shown.current).toMatchObject({ isPending: true, run });
    await rig.acted(() => rig.respond({ status: 'success', result: 42 }));
    expect(shown.current).toMatchObject({ data: 42, isPending: false, run });
    expect(result).toBe(42);
    expect(rig.logged).toEqual([]);
  });

  it('shows an error, beside the last result, and needs nobody to catch it', async () => {
    const { rig, shown } = await started();
    await rig.acted(() => void shown.current.run());
    await rig.acted(() => rig.respond({ status: 'success', result: 1 }));
    await rig.acted(() => void shown.current.run());
    await rig.acted(() => rig.respond({ status: 'error', error: { code: 'BUSY', message: 'No.' } }));
    expect(shown.current).toMatchObject({ data: 1, error: { code: 'BUSY' }, isPending: false });
    await rig.acted(() => shown.current.reset());
    expect(shown.current).toMatchObject({ isPending: false });
    expect(shown.current.error ?? shown.current.data).toBeUndefined();
  });

  it('shows the last of several calls, whichever answer comes last', async () => {
    const { rig, shown } = await started();
    await rig.acted(() => void shown.current.run('first'));
    await rig.acted(() => void shown.current.run('second'));
    const [first, second] = rig.socket.of('request').map(({ correlation_id: id }) => id);
    const respond = (id: string | undefined, result: unknown): Promise<void> =>
      rig.acted(() =>
        rig.socket.receive({ type: 'response', data: { status: 'success', result }, correlation_id: id }),
      );
    await respond(second, 'second');
    await respond(first, 'first');
    expect(shown.current.data).toBe('second');
  });

  it('is cancelled, on the server too, when the component goes or resets', async () => {
    const { rig, shown } = await started();
    const ends: unknown[] = [];
    const run = (): void => void shown.current.run().catch((error: Error) => ends.push(error.name));
    await rig.acted(run);
    await rig.acted(() => shown.current.reset());
    expect(shown.current).toMatchObject({ isPending: false });
    await rig.acted(run);
    await shown.unmount();
    expect(ends).toEqual(['AbortError', 'AbortError']);
    expect(cancels(rig)).toHaveLength(2);
  });
});
