/**
 * What may happen around a client. `wake`: the page is seen again, or the network is back. `offline`: the network may be
 * gone. `freeze`: the page is about to be stopped. `hidden`: nobody sees the page.
 */
export type EnvironmentEvent = 'wake' | 'offline' | 'freeze' | 'hidden';

/**
 * Tells a client what happens around it, from its first `connect` until it is disconnected. Returns a function that ends
 * this. React Native passes one that listens to `AppState` and NetInfo.
 */
export type Environment = (tell: (event: EnvironmentEvent) => void) => () => void;

type Listener = (event: { readonly persisted?: boolean }) => void;

interface EventTargetLike {
  addEventListener?(type: string, listener: Listener): void;
  removeEventListener?(type: string, listener: Listener): void;
}

interface Page extends EventTargetLike {
  readonly document?: EventTargetLike & { readonly visibilityState?: string };
}

/**
 * The events of a page. After a freeze `visibilitychange` may not come, so `resume` counts too. Where there is no page,
 * there are no listeners.
 */
export const pageEvents: Environment = (tell) => {
  const page = globalThis as Page;
  const { document } = page;
  const rows: [EventTargetLike | undefined, string, EnvironmentEvent?][] = [
    [document, 'visibilitychange'],
    [document, 'resume', 'wake'],
    [document, 'freeze', 'freeze'],
    [page, 'focus', 'wake'],
    [page, 'online', 'wake'],
    [page, 'offline', 'offline'],
    [page, 'pageshow', 'wake'],
    [page, 'pagehide', 'freeze'],
  ];
  const ends = rows.map(([target, type, event]) => {
    const listener: Listener = ({ persisted }) => {
      // Only `pageshow` and `pagehide` have it: a page that is not kept has no use for them.
      if (persisted !== false) tell(event ?? (document?.visibilityState === 'hidden' ? 'hidden' : 'wake'));
    };
    target?.addEventListener?.(type, listener);
    return () => target?.removeEventListener?.(type, listener);
  });
  return () => {
    for (const end of ends) end();
  };
};
