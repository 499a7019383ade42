type Listener = ((this: unknown, event: Event) => unknown) | { handleEvent(event: Event): unknown };
type Contained = (this: unknown, event: Event) => void;
type Options = Parameters<AbortSignal['addEventListener']>[2];
type Report = (error: unknown) => void;

/**
 * Reports the errors that listeners of an `AbortSignal` throw or reject with. Node would turn them into uncaught
 * exceptions, which end the process; a `try` around `abort()` does not catch them. The signal stays a native one, which
 * `fetch`, timers and `AbortSignal.any` accept. Listeners of a signal made by `any` are not covered.
 */
export function containListeners(signal: AbortSignal, report: Report): void {
  // Node's own listeners use options under internal symbols, so options are passed on as they are.
  const [listen, unlisten] = [signal.addEventListener.bind(signal), signal.removeEventListener.bind(signal)];
  const contained = new WeakMap<Listener, Contained>();
  const containedOf = (listener: unknown): Contained => {
    if (!isListener(listener)) return listener as Contained;
    const known = contained.get(listener) ?? contain(listener, report);
    contained.set(listener, known);
    return known;
  };
  let onabort: AbortSignal['onabort'] = null;
  Object.defineProperties(signal, {
    addEventListener: own((type: 'abort', listener: Listener, options?: Options) => {
      listen(type, containedOf(listener), options);
    }),
    removeEventListener: own((type: 'abort', listener: Listener, options?: Options) => {
      unlisten(type, containedOf(listener), options);
    }),
    onabort: {
      configurable: true,
      get: () => onabort,
      set: (handler: unknown) => {
        onabort = typeof handler === 'function' ? (handler as AbortSignal['onabort']) : null;
        Reflect.set(AbortSignal.prototype, 'onabort', containedOf(onabort), signal);
      },
    },
  });
}

function contain(listener: Listener, report: Report): Contained {
  return function (this: unknown, event) {
    try {
      const returned: unknown =
        typeof listener === 'function' ? listener.call(this, event) : listener.handleEvent(event);
      void Promise.resolve(returned).catch(report);
    } catch (error) {
      report(error);
    }
  };
}

/** Untyped callers may pass anything; the signal itself rejects an invalid listener. */
function isListener(listener: unknown): listener is Listener {
  return typeof listener === 'function' || (typeof listener === 'object' && listener !== null);
}

const own = (value: unknown): PropertyDescriptor => ({ value, writable: true, configurable: true });
