import type { AgentEvent } from '../server/agent-event.js';

/** Counts events, and looks into each as an application would. */
export class EventCount {
  events = 0;
  private wanted = { events: Infinity, reached: (): void => {} };

  readonly take = ({ sequence }: AgentEvent): void => {
    if (!Number.isInteger(sequence)) throw new TypeError('An event came without its data.');
    this.events += 1;
    if (this.events >= this.wanted.events) this.wanted.reached();
  };

  reset(): void {
    this.events = 0;
  }

  /** @returns whether so many have come within the time */
  async reaches(events: number, timeoutMs: number): Promise<boolean> {
    if (this.events < events) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, timeoutMs);
        const reached = (): void => {
          clearTimeout(timer);
          resolve();
        };
        this.wanted = { events, reached };
      });
      this.wanted = { events: Infinity, reached: () => {} };
    }
    return this.events >= events;
  }
}
