import { Window } from 'happy-dom';
import { type ReactNode, StrictMode, act, createElement } from 'react';
import { onTestFinished, vi } from 'vitest';
import { SkreaverProvider } from '../../../libs/react/src/index.js';
import { ClientRig } from '../client/client-rig.js';

/** What a hook returned. */
export interface Rendered<T> {
  /** From the newest render. */
  readonly current: T;
  readonly renders: number;
  /** Renders the same component again. */
  readonly again: () => Promise<void>;
  readonly unmount: () => Promise<void>;
}

/** Hooks in a small DOM, with a client whose server is the test's. All of it is undone when the test ends. */
export class ReactRig extends ClientRig {
  /** What React logged: it warns by this. */
  readonly logged: unknown[][] = [];

  private constructor(private readonly window: Window) {
    super();
  }

  static start(): ReactRig {
    const window = new Window();
    onTestFinished(() => window.happyDOM.close());
    vi.stubGlobal('window', window);
    vi.stubGlobal('document', window.document);
    vi.stubGlobal('navigator', window.navigator);
    vi.stubGlobal('IS_REACT_ACT_ENVIRONMENT', true);
    onTestFinished(() => void vi.unstubAllGlobals());
    const rig = new ReactRig(window);
    const error = vi.spyOn(console, 'error').mockImplementation((...line) => void rig.logged.push(line));
    onTestFinished(() => error.mockRestore());
    return rig;
  }

  /** Renders a hook in StrictMode, by as many components as wanted. The value is that of the last one. */
  async render<T>(hook: () => T, components = 1): Promise<Rendered<T>> {
    const { createRoot } = await import('react-dom/client');
    const seen: T[] = [];
    const Probe = (): ReactNode => {
      seen.push(hook());
      return null;
    };
    const { document } = this.window;
    const root = createRoot(document.body.appendChild(document.createElement('div')));
    const again = (): Promise<void> =>
      this.acted(() => {
        const probes = Array.from({ length: components }, (_, key) => createElement(Probe, { key }));
        root.render(createElement(StrictMode, {}, createElement(SkreaverProvider, { client: this.client }, probes)));
      });
    const unmount = (): Promise<void> => this.acted(() => root.unmount());
    onTestFinished(unmount);
    await again();
    return {
      get current() {
        return seen.at(-1) as T;
      },
      get renders() {
        return seen.length;
      },
      again,
      unmount,
    };
  }

  /** Does something, and what follows of it: renders and effects. */
  acted(what: () => unknown): Promise<void> {
    return act(async () => {
      await what();
    });
  }
}
