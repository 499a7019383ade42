import { type ChildProcess, fork } from 'node:child_process';

/** What a child answers: a reply to one order, or why it could not be given. */
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

/** Longer than any order takes. */
const PATIENCE_MS = 60_000;

/** A process of this suite that takes orders over IPC, each answered once, by a reply of the order's kind. */
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

  /** @param file its entry; runs on the same Node, with `--expose-gc` so that memory can be measured at rest */
  static start<Order extends Kinded, Reply extends Kinded>(
    file: string,
    name: string,
    argument: string,
    nodeFlags: readonly string[] = [],
  ): Child<Order, Reply> {
    const execArgv = [...new Set(['--expose-gc', ...process.execArgv, ...nodeFlags])];
    return new Child(fork(file, [argument], { execArgv, stdio: ['ignore', 'ignore', 'inherit', 'ipc'] }), name);
  }

  /** @throws Error when the child fails at it, ends, or does not answer in time */
  ask<Asked extends Order>(order: Asked): Promise<Extract<Reply, { kind: Asked['kind'] }>> {
    const id = ++this.lastId;
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => this.settle({ id, failure: `no answer to ${order.kind}` }), PATIENCE_MS);
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
