/**
 * `instanceof` for values that applications throw: a proxy may throw when it is tested, and then is not an instance.
 */
export function isInstance<T>(thrown: unknown, type: abstract new (...args: never[]) => T): thrown is T {
  try {
    return thrown instanceof type;
  } catch {
    return false;
  }
}
