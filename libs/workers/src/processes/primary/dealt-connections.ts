import type { ChildProcess } from 'node:child_process';

/** In which all is read that a worker had answered before it ended. */
const READ_MS = 500;

/** A connection on its way to a worker. */
interface Dealt {
  close(): void;
}

/** What `node:cluster` and its workers say of connections. */
interface InternalMessage {
  readonly act?: string;
  readonly seq?: number;
  /** The `seq` of the message that is answered. */
  readonly ack?: number;
}

/**
 * Closes the connections that were dealt out to a worker which ended before it took them. `node:cluster` waits for its
 * answer for ever: they would stay open in this process, and their clients would never hear of anybody.
 */
export function closeUntaken(worker: ChildProcess): void {
  const untaken = new Map<number, Dealt>();
  const send = worker.send.bind(worker) as (...args: unknown[]) => boolean;
  worker.send = (...args: unknown[]): boolean => {
    const [message, connection] = args as [InternalMessage | undefined, Dealt | undefined];
    const { act, seq } = message ?? {};
    if (act === 'newconn' && seq !== undefined && connection !== undefined) untaken.set(seq, connection);
    return send(...args);
  };
  worker.on('internalMessage', ({ ack }: InternalMessage) => void (ack !== undefined && untaken.delete(ack)));
  worker.once('exit', () => {
    setTimeout(() => {
      for (const connection of untaken.values()) connection.close();
    }, READ_MS).unref();
  });
}
