import { createElement } from 'react';
import { renderToString } from 'react-dom/server';
import { expect, it, vi } from 'vitest';
import { ClientRig } from '../../../test/support/client/client-rig.js';
import {
  SkreaverProvider,
  useChannel,
  useClient,
  useConnection,
  usePresence,
  useQuestions,
  useRequest,
  useStream,
  useSubscription,
} from './index.js';

function Everything() {
  const shown = [
    useConnection().status,
    useSubscription('news', () => {}).status,
    useChannel('news', { initial: 7, reduce: (n) => n + 1 }),
    usePresence('news'),
    useRequest('double').isPending,
    useStream('count').status,
    useQuestions().questions,
  ];
  return createElement('p', {}, JSON.stringify(shown));
}

it('shows on a server what there is at the beginning, and opens nothing', () => {
  const warned = vi.spyOn(console, 'error');
  const rig = new ClientRig();
  const html = renderToString(createElement(SkreaverProvider, { client: rig.client }, createElement(Everything)));
  const nobody = { members: [], isTruncated: false, isLive: false };
  const shown = JSON.stringify(['idle', 'idle', { data: 7, state: { status: 'idle' } }, nobody, false, 'idle', []]);
  expect(html.replaceAll('&quot;', '"')).toBe(`<p>${shown}</p>`);
  expect([rig.sockets, rig.states, rig.listeners, rig.clock.timers]).toEqual([[], [], 0, 0]);
  expect(rig.client.state).toEqual({ status: 'idle' });
  expect(warned).not.toHaveBeenCalled();
  warned.mockRestore();
});

it('says that a provider is missing', () => {
  const Lost = () => createElement('p', {}, useClient().state.status);
  expect(() => renderToString(createElement(Lost))).toThrow('There is no SkreaverProvider above this component.');
});
