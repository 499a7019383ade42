import { AsyncResource } from 'node:async_hooks';
import { Injectable } from '@nestjs/common';
import { closeReason } from '@skreaver/protocol';
import type { SubscriptionObserver } from '../channel/index.js';
import type { ClientConnection, ConnectionObserver } from '../connection/index.js';
import { ThrottledLog, describeError } from '../metrics/index.js';
import { TimerWheel, isPromiseLike, withTimeout } from '../timers/index.js';
import type { HookEvents, HookKind } from './hook-events.js';
import { type HookMethod, HookMethods } from './hook-methods.js';
import { HookQueue } from './hook-queue.js';

/** Time after which a call is no longer waited for: one that never ends would keep the place of its connection. */
const MAX_CALL_MS = 30_000;

/**
 * Calls the hooks of the application. A connection has a queue only while calls wait or run. Where no hook is declared,
 * nothing is kept.
 */
@Injectable()
export class ConnectionHooks implements ConnectionObserver, SubscriptionObserver {
  private readonly queues = new Map<ClientConnection, HookQueue>();
  /** Of the application's start. A request may cause a call, and the calls behind it are not of that request. */
  private readonly context = new AsyncResource('ConnectionHooks');

  constructor(
    private readonly methods: HookMethods,
    private readonly log: ThrottledLog,
    private readonly timers: TimerWheel,
  ) {}

  /** Connections with calls that wait or run. */
  get size(): number {
    return this.queues.size;
  }

  onIdentified(connection: ClientConnection): void {
    this.report('connect', connection, (event) => event);
  }

  onEnded(connection: ClientConnection): void {
    const code = connection.closeCode ?? 0;
    this.report('disconnect', connection, (event) => ({ ...event, code, reason: closeReason(code) }));
  }

  onSubscribed(connection: ClientConnection, channel: string): void {
    this.report('subscribe', connection, (event) => ({ ...event, channel }));
  }

  onUnsubscribed(connection: ClientConnection, channel: string): void {
    this.report('unsubscribe', connection, (event) => ({ ...event, channel }));
  }

  /** For the next message of a connection: waits while too many calls do. `undefined` where nothing is to wait for. */
  whenRoom(connection: ClientConnection): Promise<void> | undefined {
    return this.queues.size === 0 ? undefined : this.queues.get(connection)?.whenRoom();
  }

  /** `undefined` where no call of the connection waits or runs. */
  whenDone(connection: ClientConnection): Promise<void> | undefined {
    return this.queues.get(connection)?.done;
  }

  /** Resolves when no call of any connection waits or runs. */
  async whenIdle(): Promise<void> {
    while (this.queues.size > 0) await Promise.all([...this.queues.values()].map(({ done }) => done));
  }

  private report<Kind extends HookKind>(
    kind: Kind,
    connection: ClientConnection,
    complete: (event: HookEvents['connect']) => HookEvents[Kind],
  ): void {
    const methods = this.methods.of(kind);
    const identity = connection.lastIdentity;
    if (methods.length === 0 || identity === undefined) return;
    const event = complete({ connection, identity });
    this.enqueue(
      connection,
      methods.map((method) => () => this.call(method, event)),
    );
  }

  private enqueue(connection: ClientConnection, calls: readonly (() => Promise<void>)[]): void {
    const known = this.queues.get(connection);
    if (known !== undefined) return known.add(calls);
    const queue = this.context.runInAsyncScope(() => new HookQueue(calls, () => this.queues.delete(connection)));
    this.queues.set(connection, queue);
  }

  private async call<Event extends HookEvents['connect']>(method: HookMethod<Event>, event: Event): Promise<void> {
    try {
      const answer = method.call(event);
      if (isPromiseLike(answer)) await withTimeout(this.timers, MAX_CALL_MS, answer);
    } catch (error) {
      this.log.write('error', event.connection, 'hook failed', {
        connection_id: event.connection.id,
        hook: method.name,
        error: describeError(error),
      });
    }
  }
}
