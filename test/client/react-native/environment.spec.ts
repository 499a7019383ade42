import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it, onTestFinished, vi } from 'vitest';
import { FakeSocket } from '../../support/client/fake-socket.js';

/** The listeners to the app's state and to the network: the packages themselves need a phone. */
const { appStates, networks } = vi.hoisted(() => ({
  appStates: new Set<(state: string) => void>(),
  networks: new Set<(state: { readonly isConnected: boolean | null }) => void>(),
}));

vi.mock('react-native', () => ({
  AppState: {
    addEventListener(_type: 'change', listener: (state: string) => void) {
      appStates.add(listener);
      return { remove: () => appStates.delete(listener) };
    },
  },
}));

vi.mock('@react-native-community/netinfo', () => ({
  default: {
    addEventListener(listener: (state: { readonly isConnected: boolean | null }) => void) {
      networks.add(listener);
      return () => networks.delete(listener);
    },
  },
}));

const read = (path: string): string => readFileSync(join(import.meta.dirname, path), 'utf8');

it('the example for React Native is the one that is tested here', () => {
  expect(read('../../../libs/client/README.md')).toContain(`\`\`\`ts\n${read('environment.ts')}\`\`\``);
});

it('the client pauses while the app is in the background, comes back with it, and stops listening at its end', async () => {
  vi.useFakeTimers();
  onTestFinished(() => void vi.useRealTimers());
  const sockets: FakeSocket[] = [];
  vi.stubGlobal(
    'WebSocket',
    class extends FakeSocket {
      constructor(url: string) {
        super(url);
        sockets.push(this);
      }
    },
  );
  onTestFinished(() => void vi.unstubAllGlobals());
  const { client } = await import('./environment.js');
  const enter = (state: string): void => appStates.forEach((listener) => listener(state));
  const find = (isConnected: boolean | null): void => networks.forEach((listener) => listener({ isConnected }));

  client.connect();
  await vi.advanceTimersByTimeAsync(0);
  sockets[0]?.open();
  expect(client.state.status).toBe('connected');
  enter('background');
  await vi.advanceTimersByTimeAsync(29_999);
  expect(client.state.status).toBe('connected');
  await vi.advanceTimersByTimeAsync(1);
  expect(client.state.status).toBe('waiting');
  enter('active');
  await vi.advanceTimersByTimeAsync(300);
  sockets[1]?.open();
  expect(client.state.status).toBe('connected');

  find(false);
  expect(sockets[1]?.of('ping')).toHaveLength(1); // asks whether the connection is still alive
  client.disconnect();
  expect([appStates.size, networks.size]).toEqual([0, 0]);
});
