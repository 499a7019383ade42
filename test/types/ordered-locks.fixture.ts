import { type LockHandle, OrderedLocks } from '@skreaver/ordered-locks';

const locks = new OrderedLocks(['connections', 'addresses', 'channels']);
type Levels = readonly ['connections', 'addresses', 'channels'];

export async function laterLevels(): Promise<void> {
  await using connection = await locks.acquire('connections', 'c1');
  await using address = await connection.acquire('addresses', '::1');
  await using channel = await address.acquireAll('channels', ['a', 'b'], AbortSignal.abort());
  await connection.acquire('channels', 'a');
  await channel.acquire('connections', 'c2'); // must not compile: TS2345
  await channel.acquire('addresses', '::2'); // must not compile: TS2345
  await address.acquire('connections', 'c2'); // must not compile: TS2345
  await address.acquireAll('connections', ['c2']); // must not compile: TS2345
}

export async function sameLevelTwice(): Promise<void> {
  using connection = await locks.acquire('connections', 'c1');
  await connection.acquire('connections', 'c2'); // must not compile: TS2345
  await connection.acquireAll('connections', ['c2']); // must not compile: TS2345
  using channels = await locks.acquireAll('channels', ['a']);
  await channels.acquire('channels', 'b'); // must not compile: TS2345
}

export async function unknownLevel(): Promise<void> {
  await locks.acquire('rooms', 'r'); // must not compile: TS2345
  await locks.acquireAll('rooms', ['r']); // must not compile: TS2345
  using connection = await locks.acquire('connections', 'c1');
  await connection.acquire('rooms', 'r'); // must not compile: TS2345
  const level: string = 'channels';
  await connection.acquire(level, 'a'); // must not compile: TS2345
}

export async function oneOfTwoLevels(level: 'connections' | 'addresses'): Promise<void> {
  using either = await locks.acquire(level, 'x');
  await either.acquire('channels', 'a');
  await either.acquire('addresses', '::1'); // must not compile: TS2345
}

export async function promiseInsteadOfLock(): Promise<void> {
  await using forgotten = locks.acquire('connections', 'c1'); // must not compile: TS2851
  await forgotten.acquire('channels', 'a'); // must not compile: TS2339
}

declare function needsConnection(held: LockHandle<Levels, 'connections'>): void;

export async function heldAsParameter(): Promise<void> {
  needsConnection(await locks.acquire('connections', 'c1'));
  needsConnection(await locks.acquire('channels', 'a')); // must not compile: TS2345
  const others = new OrderedLocks(['addresses', 'connections']);
  needsConnection(await others.acquire('connections', 'c1')); // must not compile: TS2345
}

export const levelsAsGiven = new OrderedLocks(['b', 'a'] as string[]); // must not compile: TS2345
export const noLevels = new OrderedLocks([]); // must not compile: TS2345
