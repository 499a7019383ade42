import { expect, it } from 'vitest';
import { ReactRig } from '../../../test/support/react/react-rig.js';
import { useConnection } from './use-connection.js';

it('shows each state of the connection, and opens none by itself', async () => {
  const rig = ReactRig.start();
  const shown = await rig.render(() => useConnection().status);
  expect(shown.current).toBe('idle');
  expect(rig.sockets).toEqual([]);
  await rig.acted(() => rig.connect());
  expect(shown.current).toBe('connected');
  await rig.acted(() => rig.socket.end(1006));
  expect(shown.current).toBe('waiting');
  expect(rig.logged).toEqual([]);
});

it('shows the state that the connection has from the first render on', async () => {
  const rig = ReactRig.start();
  await rig.connect();
  const seen: string[] = [];
  await rig.render(() => seen.push(useConnection().status));
  expect(new Set(seen)).toEqual(new Set(['connected']));
});
