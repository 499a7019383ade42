/**
 * What a server offers, for the types alone. In the name of a channel `*` stands for any text; an exact name comes before
 * a pattern.
 * @example
 * ```ts
 * import { createClient } from '@skreaver/client';
 *
 * interface Agents {
 *   channels: { 'agent:*': { event: { status: 'idle' | 'running' } } };
 *   requests: { 'agent.pause': { params: { id: number }; result: boolean } };
 * }
 *
 * const client = createClient<Agents>({ url: '/ws' });
 * client.subscribe('agent:7', { onEvent: ({ data }) => console.log(data.status) });
 * const isPaused: boolean = await client.request('agent.pause', { id: 7 });
 * console.log(isPaused);
 * ```
 */
export interface Contract {
  /** By channel: `{ event }`. */
  readonly channels?: object;
  /** By method: `{ params, result, chunk }`, of which each may be left out. */
  readonly requests?: object;
}

/** The contract of a client that was given none: every name, and data that is `unknown`. */
export interface AnyContract extends Contract {
  readonly channels: Readonly<Record<string, { readonly event: unknown }>>;
  readonly requests: Readonly<
    Record<string, { readonly params: unknown; readonly result: unknown; readonly chunk: unknown }>
  >;
}

type Pattern<Name> = Name extends `${infer Before}*${infer After}` ? `${Before}${string}${Pattern<After>}` : Name;

type ChannelsOf<C extends Contract> = C extends { readonly channels: infer Channels } ? Channels : object;
type RequestsOf<C extends Contract> = C extends { readonly requests: infer Requests } ? Requests : object;
type Member<Entry, Key extends string> = Entry extends { readonly [K in Key]: infer Value } ? Value : unknown;
type PatternsOf<Channels, Name> = {
  [K in keyof Channels]: Name extends Pattern<K> ? Channels[K] : never;
}[keyof Channels];

/** The names of the channels of a contract. */
export type Channel<C extends Contract> = Pattern<keyof ChannelsOf<C>> & string;
/** The data of the events of a channel. */
export type EventOf<C extends Contract, Name extends string> = Name extends keyof ChannelsOf<C>
  ? Member<ChannelsOf<C>[Name], 'event'>
  : Member<PatternsOf<ChannelsOf<C>, Name>, 'event'>;

/** The names of the methods of a contract. */
export type Method<C extends Contract> = keyof RequestsOf<C> & string;
export type ParamsOf<C extends Contract, Name extends Method<C>> = Member<RequestsOf<C>[Name], 'params'>;
export type ResultOf<C extends Contract, Name extends Method<C>> = Member<RequestsOf<C>[Name], 'result'>;
export type ChunkOf<C extends Contract, Name extends Method<C>> = Member<RequestsOf<C>[Name], 'chunk'>;
