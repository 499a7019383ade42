import { afterEach, describe, expect, it, vi } from 'vitest';
import { type EnvironmentEvent, pageEvents } from './environment.js';

class Target {
  readonly listeners = new Map<string, (event: { persisted?: boolean }) => void>();
  visibilityState = 'visible';

  addEventListener(type: string, listener: (event: { persisted?: boolean }) => void): void {
    this.listeners.set(type, listener);
  }

  removeEventListener(type: string): void {
    this.listeners.delete(type);
  }

  fire(type: string, event: { persisted?: boolean } = {}): void {
    this.listeners.get(type)?.(event);
  }
}

const page = () => {
  const window = new Target();
  const document = new Target();
  vi.stubGlobal('document', document);
  vi.stubGlobal('addEventListener', window.addEventListener.bind(window));
  vi.stubGlobal('removeEventListener', window.removeEventListener.bind(window));
  const told: EnvironmentEvent[] = [];
  const end = pageEvents((event) => told.push(event));
  return { window, document, told, end };
};

afterEach(() => vi.unstubAllGlobals());

describe('the events of a page', () => {
  it.each([
    ['document', 'resume', 'wake'],
    ['document', 'freeze', 'freeze'],
    ['window', 'focus', 'wake'],
    ['window', 'online', 'wake'],
    ['window', 'offline', 'offline'],
  ] as const)('tell of %s %s', (target, type, meaning) => {
    const rig = page();
    rig[target].fire(type);
    expect(rig.told).toEqual([meaning]);
  });

  it('tell whether the page is seen', () => {
    const { document, told } = page();
    document.fire('visibilitychange');
    document.visibilityState = 'hidden';
    document.fire('visibilitychange');
    expect(told).toEqual(['wake', 'hidden']);
  });

  it('tell of a page that goes to the cache and comes back, and of no other', () => {
    const { window, told } = page();
    for (const persisted of [false, true]) {
      window.fire('pagehide', { persisted });
      window.fire('pageshow', { persisted });
    }
    expect(told).toEqual(['freeze', 'wake']);
  });

  it('are not listened to any more when it ends', () => {
    const { window, document, end } = page();
    end();
    expect([...window.listeners.keys(), ...document.listeners.keys()]).toEqual([]);
  });

  it('are none where there is no page', () => {
    expect(() => pageEvents(() => {})()).not.toThrow();
  });
});
