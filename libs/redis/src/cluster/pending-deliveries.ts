const WAIT_MS = 1000;

class PendingDelivery {
  delivered = 0;
  error: unknown;
  private readonly arrived = new Set<string>();
  private resolve: (() => void) | undefined;
  private missing: Set<string> | undefined;

  arrive(channel: string, delivered: number): void {
    this.arrived.add(channel);
    this.delivered += delivered;
    this.without(channel);
  }

  /** The channel was closed, or the link is down: nothing will come. */
  without(channel: string): void {
    if (this.missing?.delete(channel) === true && this.missing.size === 0) this.resolve?.();
  }

  giveUp(): void {
    this.resolve?.();
  }

  async all(channels: readonly string[]): Promise<void> {
    const missing = new Set(channels.filter((channel) => !this.arrived.has(channel)));
    if (missing.size === 0) return;
    this.missing = missing;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, WAIT_MS);
      this.resolve = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}

/**
 * What this node published, until it has come back and was delivered here. The reply of a publication may come before its
 * message or after it, since they come over two sockets.
 */
export class PendingDeliveries {
  private readonly pending = new Map<string, PendingDelivery>();

  expect(origin: string): PendingDelivery {
    const pending = new PendingDelivery();
    this.pending.set(origin, pending);
    return pending;
  }

  find(origin: string): PendingDelivery | undefined {
    return this.pending.get(origin);
  }

  forget(origin: string): void {
    this.pending.delete(origin);
  }

  closed(channel: string): void {
    for (const pending of this.pending.values()) pending.without(channel);
  }

  giveUp(): void {
    for (const pending of this.pending.values()) pending.giveUp();
  }
}
