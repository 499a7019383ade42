import { describe, expect, it } from 'vitest';
import { ReactRig } from '../../../test/support/react/react-rig.js';
import { type ChannelOptions, useChannel } from './use-channel.js';

type Options = ChannelOptions<unknown, readonly unknown[]>;

const collect = (more: Partial<Options> = {}): Options => ({
  initial: [],
  reduce: (all, { data }) => [...all, data],
  coalesce: 'none',
  ...more,
});

async function started(options: () => Options) {
  const rig = ReactRig.start();
  const shown = await rig.render(() => useChannel('news', options()));
  await rig.acted(() => rig.open());
  await rig.acted(() => rig.subscribed({ news: { epoch: 'e', offset: 0, recovered: false } }));
  return { rig, shown };
}

describe('the data of a channel', () => {
  it('is what the events make of the initial data, in frozen snapshots', async () => {
    const { rig, shown } = await started(() => collect());
    const before = shown.current;
    await rig.acted(() => rig.at('news', 1));
    await rig.acted(() => rig.at('news', 2));
    expect(shown.current).toEqual({ data: [1, 2], state: { status: 'subscribed' } });
    expect(before.data).toEqual([]);
    expect(Object.isFrozen(shown.current)).toBe(true);
    const { current, renders } = shown;
    await shown.again();
    expect(shown.current).toBe(current);
    expect(shown.renders).toBeGreaterThan(renders);
    expect(rig.logged).toEqual([]);
  });

  it('is loaded before the events that came meanwhile', async () => {
    let finish = (_state: readonly unknown[]): void => {};
    const load = () =>
      new Promise<{ state: readonly unknown[]; position: { epoch: string; offset: number } }>((resolve) => {
        finish = (state) => resolve({ state, position: { epoch: 'e', offset: 1 } });
      });
    const { rig, shown } = await started(() => collect({ load }));
    await rig.acted(() => [1, 2].forEach((offset) => rig.at('news', offset)));
    expect(shown.current.data).toEqual([]);
    await rig.acted(() => finish(['loaded']));
    expect(shown.current.data).toEqual(['loaded', 2]);
  });

  it('is reduced by the newest function', async () => {
    let sign = 1;
    const { rig, shown } = await started(() => {
      const own = sign;
      return collect({ reduce: (all, { data }) => [...all, Number(data) * own] });
    });
    await rig.acted(() => rig.at('news', 1));
    sign = -1;
    await shown.again();
    await rig.acted(() => rig.at('news', 2));
    expect(shown.current.data).toEqual([1, -2]);
  });

  it('is shown by one render for many events of one turn', async () => {
    const { rig, shown } = await started(() => collect({ coalesce: 'microtask' }));
    const before = shown.renders;
    await rig.acted(() => Array.from({ length: 50 }, (_, at) => rig.at('news', at + 1)));
    expect(shown.current.data).toHaveLength(50);
    // StrictMode renders twice.
    expect(shown.renders - before).toBe(2);
  });

  it('stays the initial data without a channel', async () => {
    const rig = ReactRig.start();
    const shown = await rig.render(() => useChannel(null, collect({ initial: ['none'] })));
    expect(shown.current).toEqual({ data: ['none'], state: { status: 'idle' } });
    expect(rig.sockets).toEqual([]);
  });

  it('is left alone after the component has gone', async () => {
    const { rig, shown } = await started(() => collect({ coalesce: 'microtask' }));
    const before = shown.renders;
    rig.at('news', 1);
    await shown.unmount();
    await rig.acted(() => rig.at('news', 2));
    expect(shown.renders).toBe(before);
    await rig.acted(() => rig.clock.pass(300));
    expect(rig.socket.of('unsubscribe')).toHaveLength(1);
  });
});
