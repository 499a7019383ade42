import { expect, it } from 'vitest';
import { ReactRig } from '../../../test/support/react/react-rig.js';
import { usePresence } from './use-presence.js';

it('asks the server once for any number of components, and follows joins and leaves', async () => {
  const rig = ReactRig.start();
  const shown = await rig.render(() => usePresence('room'), 3);
  expect(shown.current).toEqual({ members: [], isTruncated: false, isLive: false });
  await rig.acted(() => rig.open());
  await rig.acted(() => rig.subscribed());
  expect(rig.socket.of('request').map(({ data }) => data.method)).toEqual(['presence']);
  await rig.acted(() => rig.respond({ status: 'success', result: { members: [{ user_id: 'ann' }] } }));
  expect(shown.current).toMatchObject({ members: [{ userId: 'ann' }], isLive: true });
  await rig.acted(() => rig.event('room', { user_id: 'bob', info: { name: 'Bob' } }, { kind: 'join' }));
  expect(shown.current.members).toEqual([{ userId: 'ann' }, { userId: 'bob', info: { name: 'Bob' } }]);
  await shown.unmount();
  await rig.acted(() => rig.clock.pass(300));
  expect(rig.socket.of('unsubscribe').map(({ data }) => data)).toEqual([{ channels: ['room'] }]);
  expect(rig.logged).toEqual([]);
});

it('looks at nobody without a channel', async () => {
  const rig = ReactRig.start();
  const shown = await rig.render(() => usePresence(null));
  expect(shown.current.members).toEqual([]);
  expect(rig.sockets).toEqual([]);
});
