import cluster from 'node:cluster';
import { fromWorker } from '../process-messages.js';
import { closeUntaken } from './dealt-connections.js';
import type { StartProcess } from './worker-process.js';

/**
 * Starts workers with `node:cluster`, which lets them listen on the same ports.
 *
 * The primary process accepts the connections and deals them out in turn. Left to the kernel (`SCHED_NONE`), 300
 * connections one after another came to 4 workers as 56, 75, 78 and 91, and 4,000 at once to 8 workers as 235 to 996;
 * dealt out as 75 each, and 447 to 548. It costs the primary process 71 µs for each connection, instead of 18.
 * WebSockets stay where they are for hours, so evenness is worth that.
 */
export function clusterProcesses(env: Readonly<Record<string, string>>): StartProcess {
  cluster.schedulingPolicy = cluster.SCHED_RR;
  // JSON has no NaN and no Infinity, which metrics have.
  cluster.setupPrimary({ serialization: 'advanced' });
  return ({ onMessage, onListening, onExit }) => {
    const worker = cluster.fork(env);
    closeUntaken(worker.process);
    worker.on('message', (message: unknown) => {
      const ours = fromWorker(message);
      if (ours !== undefined) onMessage(ours);
    });
    worker.on('listening', ({ port }) => onListening(port));
    // A message to a worker that has just ended fails; its exit says the same.
    worker.on('error', () => {});
    worker.process.once('exit', (code: number | null, signal: string | null) => {
      onExit(signal ?? `exit code ${code}`);
    });
    return {
      pid: worker.process.pid ?? 0,
      send: (message) => void (worker.isConnected() && worker.send(message)),
      signal: (name) => void worker.process.kill(name),
    };
  };
}
