import * as fc from 'fast-check';

export const USERS = ['ann', 'bob', 'ann'] as const;
export const HISTORY_SIZE = 5;

export type Action =
  | { readonly do: 'subscribe'; readonly who: number; readonly requests: readonly SubscribeRequest[] }
  | { readonly do: 'publish'; readonly name: string; readonly except: Except | null }
  | { readonly do: 'unsubscribe'; readonly who: number; readonly names: readonly string[] }
  | { readonly do: 'become'; readonly who: number; readonly user: string }
  | { readonly do: 'revoke'; readonly user: string; readonly name: string | undefined }
  | { readonly do: 'close'; readonly who: number };

export interface SubscribeRequest {
  readonly name: string;
  /** So many events before the last one published; null: from now on. */
  readonly back: number | null;
}

/** Whom an event is kept from: a client, or a user. */
export type Except = { readonly who: number } | { readonly user: string };

/** How often each is drawn. */
type Mix = Readonly<Record<Action['do'], number>>;

function actions(names: readonly string[], mix: Mix, atOnce: number): fc.Arbitrary<Action> {
  const name = fc.constantFrom(...names);
  const who = fc.nat({ max: USERS.length - 1 });
  const user = fc.constantFrom('ann', 'bob');
  const excepted: fc.Arbitrary<Except> = fc.oneof(fc.record({ who }), fc.record({ user }));
  const except = fc.option(excepted, { freq: 2 });
  const request = fc.record({ name, back: fc.option(fc.nat({ max: HISTORY_SIZE + 1 }), { freq: 4 }) });
  const listOf = <T>(one: fc.Arbitrary<T>): fc.Arbitrary<T[]> => fc.array(one, { minLength: 1, maxLength: atOnce });
  const kind = <K extends Action['do']>(what: K): fc.Arbitrary<K> => fc.constant(what);
  const all = [
    fc.record({ do: kind('subscribe'), who, requests: listOf(request) }),
    fc.record({ do: kind('publish'), name, except }),
    fc.record({ do: kind('unsubscribe'), who, names: listOf(name) }),
    fc.record({ do: kind('become'), who, user }),
    fc.record({ do: kind('revoke'), user, name: fc.option(name, { nil: undefined }) }),
    fc.record({ do: kind('close'), who }),
  ] satisfies fc.Arbitrary<Action>[];
  const weights = [mix.subscribe, mix.publish, mix.unsubscribe, mix.become, mix.revoke, mix.close];
  return fc.oneof(
    ...all.map((arbitrary, at) => ({ weight: weights[at] ?? 0, arbitrary: arbitrary as fc.Arbitrary<Action> })),
  );
}

/** Limits, permissions and channels of all kinds. */
export const everything = actions(
  ['keep-a', 'keep-a', 'keep-b', 'plain', 'private-ann', 'private-bob'],
  { subscribe: 8, publish: 7, unsubscribe: 2, become: 1, revoke: 1, close: 1 },
  3,
);

/** One channel that its subscribers leave and come back to, while it is published to. */
export const comingAndGoing = actions(
  ['keep-a'],
  { subscribe: 5, publish: 8, unsubscribe: 2, become: 0, revoke: 0, close: 1 },
  1,
);

/** A mirror that its subscribers leave and come back to, while its sources are published to. */
export const mirroring = actions(
  ['source-a', 'source-b', 'keep-all', 'keep-all'],
  { subscribe: 6, publish: 8, unsubscribe: 2, become: 0, revoke: 0, close: 1 },
  1,
);

/** Subscriptions that end while there is something to deliver. */
export const endings = actions(
  ['plain', 'plain', 'keep-a'],
  { subscribe: 6, publish: 8, unsubscribe: 3, become: 1, revoke: 1, close: 1 },
  1,
);
