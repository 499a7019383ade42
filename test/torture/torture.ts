import type { TestApp } from '../support/test-app.js';
import { CuttingProxy } from './cutting-proxy.js';
import { type Server, type Fault, FaultInjector, fatChannel, lossyChannel } from './fault-injector.js';
import type { Ledger } from './ledger.js';
import { ClientPublisher, ServerPublisher } from './publishers.js';
import type { Random } from './random.js';
import { Subscriber } from './subscriber.js';

export interface Goal {
  readonly cuts: number;
  readonly deliveries: number;
  /** Milliseconds after which it is a failure not to have reached it. */
  readonly within: number;
}

export interface Cast {
  readonly subscribers: number;
  readonly clientPublishers: number;
  readonly channels: readonly string[];
  /** Of the channels, what each subscriber takes. */
  readonly share: number;
  /** Starts, half-way, a server that takes the place of the first one. */
  readonly successor?: () => Promise<TestApp>;
}

const TICK_MS = 2;
const MAX_BURST = 24;
const BYTES_PER_DELIVERY = 400;
const BYTES_PER_CUT_OF_PUBLISHER = 12_000;
const QUIET_WITHIN_MS = 20_000;
const AGAIN_AFTER_MS = 2000;

/** Publishers publish, connections are cut, subscribers come back, until the goal is reached; then everybody must be level. */
export class Torture {
  private readonly proxies: CuttingProxy[] = [];
  private readonly injectors: FaultInjector[] = [];
  private readonly subscribers: Subscriber[] = [];
  private readonly publishers: ClientPublisher[] = [];
  private server: Server;

  constructor(
    app: TestApp,
    private readonly ledger: Ledger,
    private readonly random: Random,
    private readonly cast: Cast,
    private readonly goal: Goal,
  ) {
    this.server = { app, house: new ServerPublisher('house', app.subscriptions, ledger) };
  }

  /** What was done, and what came of it. */
  get figures() {
    const cuts: Partial<Record<Fault, number>> = {};
    for (const { counts } of this.injectors) {
      for (const [fault, count] of Object.entries(counts) as [Fault, number][]) {
        cuts[fault] = (cuts[fault] ?? 0) + count;
      }
    }
    const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
    return {
      cuts,
      connections: sum(this.subscribers.map(({ connects }) => connects)),
      publishedAgain: sum(this.publishers.map(({ duplicates }) => duplicates)),
      ...this.ledger.counts,
    };
  }

  async run(): Promise<void> {
    const until = performance.now() + this.goal.within;
    await this.begin();
    let { successor } = this.cast;
    while (this.progress() < 1 && performance.now() < until) {
      this.act();
      if (successor !== undefined && this.progress() > 0.5) {
        await this.succeed(successor);
        successor = undefined;
      }
      await pause(TICK_MS);
    }
    if (this.progress() < 1) this.ledger.find('behind', `the goal, at ${this.progress()}`);
    await this.quieten();
    await this.ledger.close();
    await this.end();
  }

  private progress(): number {
    const { cuts, deliveries } = this.figures;
    // Who lags is not cut off.
    const cut = Object.values(cuts).reduce((total, count) => total + count, 0) - (cuts.lag ?? 0);
    return Math.min(cut / this.goal.cuts, deliveries / this.goal.deliveries);
  }

  private async begin(): Promise<void> {
    for (let at = 0; at < this.cast.subscribers; at += 1) {
      const user = `subscriber${at}`;
      const { proxy, url } = await this.lineFor();
      const taken = this.cast.channels.filter(() => this.random.chance(this.cast.share));
      const channels = [...taken, fatChannel(user), lossyChannel(user)];
      const subscriber = new Subscriber(user, url, this.ledger, channels);
      this.subscribers.push(subscriber);
      this.injectFaults(user, proxy, () => subscriber.abandon());
      subscriber.connect();
    }
    for (let at = 0; at < this.cast.clientPublishers; at += 1) {
      const user = `publisher${at}`;
      const { proxy, url } = await this.lineFor();
      const nextChannel = (): string => this.random.pick(this.cast.channels);
      const publisher = new ClientPublisher(user, url, this.ledger, nextChannel);
      this.publishers.push(publisher);
      this.injectFaults(user, proxy);
      publisher.connect();
    }
  }

  private async lineFor(): Promise<{ proxy: CuttingProxy; url: string }> {
    const proxy = await CuttingProxy.start(this.server.app.port);
    this.proxies.push(proxy);
    return { proxy, url: `ws://127.0.0.1:${proxy.port}/ws` };
  }

  private injectFaults(user: string, proxy: CuttingProxy, abandon?: () => void): void {
    const ofSubscriber = Math.ceil((this.goal.deliveries / this.goal.cuts) * BYTES_PER_DELIVERY);
    const bytes = abandon === undefined ? BYTES_PER_CUT_OF_PUBLISHER : ofSubscriber;
    this.injectors.push(new FaultInjector(user, proxy, this.random, bytes, () => this.server, abandon));
  }

  private act(): void {
    for (let left = this.random.below(MAX_BURST); left > 0; left -= 1) {
      void this.server.house.publish(this.random.pick(this.cast.channels));
    }
    for (const publisher of this.publishers) publisher.publish();
    for (const injector of this.injectors) injector.look();
    const subscriber = this.random.pick(this.subscribers);
    if (this.random.chance(0.1)) subscriber.leave(this.random.pick(subscriber.channels));
    else subscriber.comeBack();
  }

  /** Another server in the place of the first, which remembers nothing. */
  private async succeed(start: () => Promise<TestApp>): Promise<void> {
    const { app: former } = this.server;
    const app = await start();
    this.server = { app, house: new ServerPublisher('successor', app.subscriptions, this.ledger) };
    for (const proxy of this.proxies) proxy.target = app.port;
    await former.app.close();
  }

  /** No more cuts; one last event in every channel shows what is lost at the end. */
  private async quieten(): Promise<void> {
    for (const injector of this.injectors) injector.stop();
    for (const publisher of this.publishers) publisher.stop();
    const until = performance.now() + QUIET_WITHIN_MS;
    await this.within(
      until,
      () => this.publishers.every(({ isIdle }) => isIdle) && this.subscribers.every(({ isBack }) => isBack),
    );
    let behind = this.subscribers;
    do {
      await this.publishLast(behind);
      await this.within(Math.min(until, performance.now() + AGAIN_AFTER_MS), () =>
        behind.every(({ isLevel }) => isLevel),
      );
      behind = this.subscribers.filter(({ isLevel }) => !isLevel);
    } while (behind.length > 0 && performance.now() < until);
    for (const { user } of behind) this.ledger.find('behind', user);
  }

  /**
   * To be repeated: the server may still end a connection, and who comes back alone to a channel whose position was
   * forgotten meanwhile is in an epoch without events.
   */
  private async publishLast(subscribers: readonly Subscriber[]): Promise<void> {
    const channels = new Set(subscribers.flatMap((subscriber) => subscriber.channels));
    for (const channel of channels) await this.server.house.publish(channel);
  }

  private async within(until: number, holds: () => boolean): Promise<void> {
    while (!holds() && performance.now() < until) {
      for (const subscriber of this.subscribers) subscriber.comeBack();
      await pause(TICK_MS);
    }
  }

  private async end(): Promise<void> {
    for (const subscriber of this.subscribers) subscriber.stop();
    for (const publisher of this.publishers) publisher.close();
    for (const proxy of this.proxies) await proxy.close();
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
