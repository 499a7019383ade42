export type Inbox<T> = ReturnType<typeof createInbox<T>>;

const PATIENCE_MS = 20_000;

/** Values in their order, for one who waits for the next. */
export function createInbox<T>() {
  const values: T[] = [];
  let wake: (() => void) | undefined;
  return {
    put(value: T): void {
      values.push(value);
      wake?.();
    },
    async next(): Promise<T> {
      if (values.length === 0) {
        await new Promise<void>((resolve, reject) => {
          const timer = setTimeout(() => reject(new Error(`Nothing came within ${PATIENCE_MS} ms`)), PATIENCE_MS);
          wake = () => {
            clearTimeout(timer);
            resolve();
          };
        });
      }
      return values.shift() as T;
    },
  };
}
