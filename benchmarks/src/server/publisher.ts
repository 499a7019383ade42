import { EventMaker } from './agent-event.js';
import type { PeerServer } from './peers/peer-server.js';
import { hotChannel, type PublishPlan } from './publish-plan.js';

/**
 * Publishes by the plan's clock: a late tick does not delay the next ones. Two ticks never share a turn of the event
 * loop, as that would turn single publishes into a burst.
 * @returns the number of ticks that began more than one interval late
 */
export function publish(server: Pick<PeerServer, 'publish'>, plan: PublishPlan): Promise<number> {
  const events = new EventMaker(plan.bytes);
  const channels = Array.from({ length: plan.channels }, (_, index) => hotChannel(index));
  const interval = 1000 / plan.ticksPerSecond;
  const startedAt = performance.now();
  let tick = 0;
  let late = 0;
  let next = 0;
  return new Promise((resolve) => {
    const step = (): void => {
      const due = startedAt + tick * interval;
      const now = performance.now();
      if (now < due) return wait(due - now);
      if (now > due + interval) late += 1;
      for (let i = 0; i < plan.perTick; i++) server.publish(channels[next++ % channels.length] ?? '', events.next());
      if (++tick === plan.ticks) resolve(late);
      else wait(startedAt + tick * interval - performance.now());
    };
    const wait = (ms: number): void => void (ms <= 0 ? setImmediate(step) : setTimeout(step, ms));
    step();
  });
}
