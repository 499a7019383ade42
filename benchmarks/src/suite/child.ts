import { type ChildProcess, fork } from 'node:child_process';

/** Answer of a child: the reply to one order, or the reason for its failure. */
export type Answer<Reply> =
  { readonly id: number; readonly reply: Reply } | { readonly id: number; readonly failure: string };

export interface Kinded {
  readonly kind: string;
}

interface Waiting<Reply> {
  readonly resolve: (reply: Reply) => void;
  readonly reject: (error: Error) => void;
  readonly timer: NodeJS.Timeout;
}

/** Longer than any order takes to complete. */
const REPLY_TIMEOUT_MS = 60_000;

/** Child process that takes orders over IPC and answers each once, by a reply of the order's kind. */
export class Child<Order extends Kinded, Reply extends Kinded> {
  private readonly waiting = new Map<number, Waiting<Reply>>();
  private lastId = 0;

  private constructor(
    private readonly process: ChildProcess,
    private readonly name: string,
  ) {
    process.on('message', (answer: Answer<Reply>) => this.settle(answer));
    process.once('exit', (code, signal) => this.failAll(`ended (${signal ?? `exit code ${code}`})`));
    process.once('error', (error) => this.failAll(error.message));
  }

  /** @param file the entry, run on the same Node with `--expose-gc`, as memory is measured after a collection */
  static start<Order extends Kinded, Reply extends Kinded>(
    file: string,
    name: string,
    argument: string,
    nodeFlags: readonly string[] = [],
  ): Child<Order, Reply> {
    const execArgv = [...new Set(['--expose-gc', ...process.execArgv, ...nodeFlags])];
    return new Child(fork(file, [argument], { execArgv, stdio: ['ignore', 'ignore', 'inherit', 'ipc'] }), name);
  }

  /** @throws Error if the child fails at the order, exits, or does not answer in time */
  ask<Asked extends Order>(order: Asked): Promise<Extract<Reply, { kind: Asked['kind'] }>> {
    const id = ++this.lastId;
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => this.settle({ id, failure: `no answer to ${order.kind}` }), REPLY_TIMEOUT_MS);
      this.waiting.set(id, { resolve: resolve as (reply: Reply) => void, reject, timer });
      this.process.send({ id, order }, (error) => {
        if (error !== null) this.settle({ id, failure: error.message });
      });
    });
  }

  async stop(): Promise<void> {
    if (this.process.exitCode !== null || this.process.signalCode !== null) return;
    const ended = new Promise((resolve) => this.process.once('exit', resolve));
    this.process.kill('SIGKILL');
    await ended;
  }

  private settle(answer: Answer<Reply>): void {
    const waiting = this.waiting.get(answer.id);
    this.waiting.delete(answer.id);
    clearTimeout(waiting?.timer);
    if ('failure' in answer) waiting?.reject(new Error(`${this.name}: ${answer.failure}`));
    else waiting?.resolve(answer.reply);
  }

  private failAll(reason: string): void {
    for (const id of this.waiting.keys()) this.settle({ id, failure: reason });
  }
}
