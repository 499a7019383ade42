import { installCached } from './cached-packages.mjs';

/** What else runs the client, of 400 MB; and the compiler of React Native's engine. */
export const installRuntimes = () =>
  installCached(
    'runtimes',
    ['bun@1', 'deno@2', 'hermes-compiler@260318099', 'workerd@1'],
    ['.bin/bun', '.bin/deno', 'hermes-compiler/hermesc/linux64-bin/hermesc', '.bin/workerd'],
  );
