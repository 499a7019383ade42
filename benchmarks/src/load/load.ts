import type { ChannelPosition, Dialect } from '../dialects/dialect.js';
import { dialectOf } from '../dialects/dialect-of.js';
import { msgpackDialect } from '../dialects/msgpack-dialect.js';
import { hotChannel } from '../server/publish-plan.js';
import { LatencyRecorder } from './latency-recorder.js';
import { type Listener, LoadConnection, type Target } from './load-connection.js';
import type { ConnectPlan, Latency, LoadArgument, LoadUsage } from './load-messages.js';
import { loopbackAddress } from './loopback-address.js';
import { maskedFrame } from './masked-frame.js';
import { RequestLoop } from './request-loop.js';
import { Watch } from './watch.js';

/** Holds all connections of one load process, and counts their deliveries. */
export class Load implements Listener {
  private readonly targets: readonly Target[];
  private readonly dialect: Dialect;
  private connections: LoadConnection[] = [];
  private deliveries = 0;
  private bytes = 0;
  private closures: string[] = [];
  private latency: LatencyRecorder | undefined;
  private requests: RequestLoop | undefined;
  private watching: Watch | undefined;
  private wanted = { deliveries: Infinity, reached: (): void => {} };
  private cpu = process.cpuUsage();
  private startedAt = performance.now();

  constructor({ peer, ports, compression, tls, msgpack }: LoadArgument) {
    this.dialect = msgpack ? msgpackDialect : dialectOf[peer];
    this.targets = ports.map((port) => ({ port, compression, tls, dialect: this.dialect }));
  }

  /** @returns the time that it took, and the position of the first shared channel that its last subscriber was told */
  async connect(plan: ConnectPlan): Promise<{ ms: number; position?: ChannelPosition }> {
    const startedAt = performance.now();
    let next = 0;
    let answer = '';
    const openInTurn = async (): Promise<void> => {
      while (next < plan.connections) answer = await this.open(next++, plan);
    };
    await Promise.all(Array.from({ length: plan.atOnce }, openInTurn));
    const ms = performance.now() - startedAt;
    const position = plan.channels === 0 ? undefined : this.dialect.positionIn?.(answer, hotChannel(0));
    return { ms, ...(position && { position }) };
  }

  begin(measureLatency: boolean): void {
    this.deliveries = 0;
    this.bytes = 0;
    this.closures = [];
    this.latency = measureLatency ? new LatencyRecorder() : undefined;
    this.cpu = process.cpuUsage();
    this.startedAt = performance.now();
  }

  /** Waits until `deliveries` messages have arrived since `begin`. */
  async awaitDeliveries(deliveries: number, timeoutMs: number): Promise<{ complete: boolean; waitedMs: number }> {
    const startedAt = performance.now();
    if (this.deliveries < deliveries) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, timeoutMs);
        const reached = (): void => {
          clearTimeout(timer);
          resolve();
        };
        this.wanted = { deliveries, reached };
      });
      this.wanted = { deliveries: Infinity, reached: () => {} };
    }
    return { complete: this.deliveries >= deliveries, waitedMs: performance.now() - startedAt };
  }

  /** @returns the number of responses */
  async request(connections: number, ms: number): Promise<number> {
    const asking = this.connections.slice(0, connections);
    const frames = asking.map((connection, index) => [connection, this.requestOf(index)] as const);
    this.requests = new RequestLoop(frames, this.latency);
    try {
      return await this.requests.run(ms);
    } finally {
      this.requests = undefined;
    }
  }

  /** Sends requests over the first connection at fixed intervals until {@link unwatch}. */
  watch(everyMs: number): void {
    const [connection] = this.connections;
    if (connection === undefined) throw new Error('There is no connection to watch.');
    this.watching = new Watch(connection, this.requestOf(0), everyMs);
  }

  /** @returns the latency of the responses */
  unwatch(): Latency {
    if (this.watching === undefined) throw new Error('There is no unwatch without a watch.');
    const latency = this.watching.end();
    this.watching = undefined;
    return latency;
  }

  end(): LoadUsage {
    const { user, system } = process.cpuUsage(this.cpu);
    return {
      deliveries: this.deliveries,
      bytes: this.bytes,
      utilisation: (user + system) / 1000 / (performance.now() - this.startedAt),
      closed: this.closures.length,
      ...(this.latency === undefined ? {} : { latency: this.latency.read() }),
    };
  }

  async drop(): Promise<void> {
    const dropped = this.connections;
    this.connections = [];
    await Promise.all(dropped.map((connection) => connection.drop()));
  }

  delivered(connection: LoadConnection, bytes: Buffer, start: number, end: number): void {
    if (this.watching !== undefined) return this.watching.answered();
    this.deliveries += 1;
    if (this.requests === undefined) this.latency?.recordEvent(bytes, start, end);
    else this.requests.answered(connection);
    if (this.deliveries >= this.wanted.deliveries) this.wanted.reached();
  }

  read(bytes: number): void {
    this.bytes += bytes;
  }

  closed(reason: string): void {
    this.closures.push(reason);
  }

  /** @returns the last answer of its opening */
  private open(index: number, { channels, ownChannels, nodes, addresses, since }: ConnectPlan): Promise<string> {
    const own = Array.from({ length: ownChannels }, (_, each) => `own.${index}.${each}`);
    const names = channels === 0 ? own : [hotChannel(index % channels), ...own];
    const targets = nodes?.map((place) => this.targets[place]) ?? this.targets;
    // The nodes in turn within each shared channel, so that all of them have it open.
    const turn = Math.floor(index / Math.max(1, channels));
    const target = targets[turn % targets.length] as Target;
    const from = addresses === undefined ? target : { ...target, localAddress: loopbackAddress(index % addresses) };
    const connection = new LoadConnection(from, `user-${index}`, names, this, since);
    this.connections.push(connection);
    return connection.opened;
  }

  private requestOf(index: number): Buffer {
    return maskedFrame(this.dialect.request(index));
  }
}
