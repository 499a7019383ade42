import { Redis, type RedisOptions } from 'ioredis';
import type { Argument, Engine, EngineFactory, EngineListener } from './engine.js';
import type { RedisAddress } from './redis-address.js';

const CONNECT_MS = 3000;
const never = (): null => null;

type Settings = RedisOptions & { readonly replyMapping: 'legacy' };

/** What connections need beside an address. */
interface Login {
  /** Instead of the one in the URL. */
  readonly password?: string | undefined;
  /** Certificates of authorities, as PEM, instead of those that Node.js knows. */
  readonly ca?: string | undefined;
  /** Names the connections, for who looks at them in Redis. */
  readonly name: string;
  /** Whether Redis is part of a cluster, whose Pub/Sub channels have slots as keys have. */
  readonly isSharded?: boolean;
}

/**
 * The only file that knows ioredis. Its defaults would send unanswered commands once more, keep any number of them while
 * Redis is away, and subscribe again without saying when that is done.
 */
const settingsOf = (
  address: RedisAddress,
  { password = address.password, ca, name }: Login,
  tls = ca === undefined ? {} : { ca },
): Settings => ({
  connectionName: name,
  db: address.database,
  ...(address.username === undefined ? {} : { username: address.username }),
  ...(password === undefined ? {} : { password }),
  ...(address.isTls ? { tls } : {}),
  ...placeOf(address, tls),
  protocol: 2,
  replyMapping: 'legacy',
  lazyConnect: true,
  connectTimeout: CONNECT_MS,
  disableClientInfo: true,
  enableReadyCheck: false,
  enableOfflineQueue: false,
  autoResubscribe: false,
  autoResendUnfulfilledCommands: false,
  maxRetriesPerRequest: 0,
  retryStrategy: never,
});

function placeOf({ host, port, isTls, sentinel }: RedisAddress, tls: { readonly ca?: string }): RedisOptions {
  if (sentinel === undefined) return { host, port };
  return {
    sentinels: [...sentinel.addresses],
    name: sentinel.name,
    sentinelRetryStrategy: never,
    sentinelCommandTimeout: CONNECT_MS,
    enableTLSForSentinelMode: isTls,
    ...(isTls ? { sentinelTLS: tls } : {}),
    // Without it a planned failover leaves the client on the old primary, whose writes are lost.
    failoverDetector: true,
  };
}

export function ioredisEngines(address: RedisAddress, login: Login): EngineFactory {
  return (listener) => new IoredisEngine(settingsOf(address, login), login.isSharded === true, listener);
}

class IoredisEngine implements Engine {
  private readonly commands: Redis;
  private readonly subscriptions: Redis;
  private isConnected = false;
  private isClosed = false;
  /** What went wrong first. A connect that fails says no more than that the connection is closed. */
  private error: Error | undefined;

  constructor(
    settings: Settings,
    private readonly isSharded: boolean,
    private readonly listener: EngineListener,
  ) {
    this.commands = new Redis(settings);
    this.subscriptions = new Redis(settings);
    for (const socket of [this.commands, this.subscriptions]) {
      socket.on('error', (error: Error) => {
        this.error ??= error;
      });
      socket.on('close', () => this.close());
      socket.on('end', () => this.close());
    }
    this.subscriptions.on(isSharded ? 'smessageBuffer' : 'messageBuffer', (name: Buffer, message: Buffer) => {
      if (!this.isClosed) listener.message(name.toString('latin1'), message);
    });
    this.subscriptions.on('moved', () => {
      if (!this.isClosed) listener.moved();
    });
  }

  async connect(): Promise<void> {
    try {
      await Promise.all([this.commands.connect(), this.subscriptions.connect()]);
      this.isConnected = true;
    } catch (error) {
      throw this.error ?? error;
    }
  }

  call(name: string, args: readonly Argument[]): Promise<unknown> {
    this.cork();
    return this.commands.call(name, args as Argument[]);
  }

  callForBytes(name: string, args: readonly Argument[]): Promise<unknown> {
    this.cork();
    return this.commands.callBuffer(name, args as Argument[]);
  }

  subscribe(names: readonly string[]): Promise<unknown> {
    return this.isSharded ? this.subscriptions.ssubscribe(...names) : this.subscriptions.subscribe(...names);
  }

  unsubscribe(names: readonly string[]): Promise<unknown> {
    return this.isSharded ? this.subscriptions.sunsubscribe(...names) : this.subscriptions.unsubscribe(...names);
  }

  destroy(): void {
    this.isClosed = true;
    for (const socket of [this.commands, this.subscriptions]) {
      // `disconnect` alone waits for the other side, which may never answer.
      (socket.stream as Redis['stream'] | undefined)?.destroy();
      socket.disconnect();
    }
  }

  /** Commands of one turn are written at once: each write alone is a system call. */
  private cork(): void {
    const { stream } = this.commands;
    if (stream.writableCorked > 0) return;
    stream.cork();
    process.nextTick(() => stream.uncork());
  }

  private close(): void {
    // Before, it is `connect` that says what went wrong.
    if (this.isClosed || !this.isConnected) return;
    this.isClosed = true;
    this.listener.closed();
  }
}
