import type { ChannelEvent } from '@skreaver/client';
import { describe, expect, it } from 'vitest';
import { ReactRig } from '../../../test/support/react/react-rig.js';
import { useSubscription } from './use-subscription.js';

describe('a subscription of components', () => {
  it('is one on the wire for any number of them, in StrictMode too, and shows its state', async () => {
    const rig = ReactRig.start();
    const seen: unknown[] = [];
    const shown = await rig.render(() => useSubscription('news', ({ data }) => seen.push(data)).status, 5);
    await rig.acted(() => rig.open());
    expect(rig.socket.of('subscribe')).toHaveLength(1);
    expect(rig.socket.of('unsubscribe')).toEqual([]);
    expect(shown.current).toBe('subscribing');
    await rig.acted(() => rig.subscribed());
    expect(shown.current).toBe('subscribed');
    rig.event('news', 'hello');
    expect(seen).toEqual(Array.from({ length: 5 }, () => 'hello'));
    expect(rig.logged).toEqual([]);
  });

  it('calls the newest function, and does not subscribe anew for it', async () => {
    const rig = ReactRig.start();
    const seen: unknown[] = [];
    let name = 'first';
    const shown = await rig.render(() => {
      const own = name;
      useSubscription('news', ({ data }) => seen.push([own, data]), {
        onReset: ({ reason }) => seen.push([own, reason]),
      });
    });
    await rig.acted(() => rig.open());
    name = 'second';
    await shown.again();
    await rig.acted(() => rig.subscribed());
    rig.event('news', 1);
    expect(seen).toEqual([
      ['second', 'new'],
      ['second', 1],
    ]);
    expect(rig.socket.of('subscribe')).toHaveLength(1);
  });

  it('leaves the channel after the last component, and the old one for a new one', async () => {
    const rig = ReactRig.start();
    const seen: unknown[] = [];
    let channel: string | null = 'news';
    const onEvent = (event: ChannelEvent): void => void seen.push([event.channel, event.data]);
    const shown = await rig.render(() => useSubscription(channel, onEvent).status);
    await rig.acted(() => rig.open());
    await rig.acted(() => rig.subscribed());
    channel = 'sport';
    await shown.again();
    await rig.acted(() => rig.subscribed());
    await rig.acted(() => rig.clock.pass(300));
    expect(rig.socket.of('unsubscribe').map(({ data }) => data)).toEqual([{ channels: ['news'] }]);
    rig.event('news', 1);
    rig.event('sport', 2);
    expect(seen).toEqual([['sport', 2]]);
    channel = null;
    await shown.again();
    expect(shown.current).toBe('idle');
    await rig.acted(() => rig.clock.pass(300));
    expect(rig.socket.of('unsubscribe')).toHaveLength(2);
  });

  it('shows a refusal, and leaves the error to the client where no function takes it', async () => {
    const rig = ReactRig.start();
    const shown = await rig.render(() => useSubscription('secret', () => {}));
    await rig.acted(() => rig.open());
    await rig.acted(() => rig.subscribed({}, [{ channel: 'secret', code: 'PERMISSION_DENIED', message: 'No.' }]));
    expect(shown.current).toMatchObject({ status: 'failed', error: { code: 'PERMISSION_DENIED' } });
    expect(rig.errors).toMatchObject([{ code: 'PERMISSION_DENIED' }]);
  });

  it('gives the error to the function that is there, alone', async () => {
    const rig = ReactRig.start();
    const errors: unknown[] = [];
    await rig.render(() => useSubscription('secret', () => {}, { onError: (error) => errors.push(error.code) }));
    await rig.acted(() => rig.open());
    await rig.acted(() => rig.subscribed({}, [{ channel: 'secret', code: 'PERMISSION_DENIED', message: 'No.' }]));
    expect(errors).toEqual(['PERMISSION_DENIED']);
    expect(rig.errors).toEqual([]);
  });
});
