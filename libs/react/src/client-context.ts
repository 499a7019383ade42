import type { Client, Contract } from '@skreaver/client';
import { type ReactElement, type ReactNode, createContext, createElement, useContext } from 'react';
import type { RegisteredContract } from './register.js';

/** Of whatever contract: nothing here knows it. */
const ClientContext = createContext<Client | null>(null);

type Typed = 'subscribe' | 'consume' | 'request' | 'stream' | 'publish' | 'history' | 'members';

export interface SkreaverProviderProps {
  /** Of whatever contract. */
  readonly client: Omit<Client, Typed>;
  readonly children?: ReactNode;
}

/**
 * Gives a client to the hooks below it. It never makes, connects or ends the client: that lives outside of React.
 * @example
 * ```ts
 * import { createClient } from '@skreaver/client';
 * import { SkreaverProvider } from '@skreaver/react';
 * import { type ReactNode, createElement } from 'react';
 *
 * const client = createClient({ url: '/ws' });
 *
 * export const App = ({ children }: { children: ReactNode }) => createElement(SkreaverProvider, { client }, children);
 * ```
 */
export function SkreaverProvider(props: SkreaverProviderProps): ReactElement {
  return createElement(ClientContext.Provider, { value: props.client as Client }, props.children);
}

/**
 * The client of the nearest `SkreaverProvider`. Throws where there is none.
 * @example
 * ```ts
 * import { useClient } from '@skreaver/react';
 *
 * export function usePublishStatus() {
 *   const client = useClient();
 *   return (status: string) => client.publish('agent-updates', { status });
 * }
 * ```
 */
export function useClient<C extends Contract = RegisteredContract>(): Client<C> {
  const client = useContext(ClientContext);
  if (!client) throw new Error('There is no SkreaverProvider above this component.');
  return client as unknown as Client<C>;
}

/** Of no contract: what the hooks themselves are written for. */
export const useAnyClient = useClient as () => Client;
