import type { BackplaneNode, Publication } from '@skreaver/nestjs-ws';
import { RecentEvents, hasOutlastedCommands } from '@skreaver/nestjs-ws/clustering';
import type { ByteReader } from '../wire/byte-reader.js';
import type { ByteWriter } from '../wire/byte-writer.js';
import { readPublication } from '../wire/event-fields.js';
import { writeOptional } from '../wire/fields.js';
import { ToHub, ToWorker, VERSION } from '../wire/frame.js';
import { HubLink } from './hub-link.js';
import type { WireFactory } from './wire.js';
import { WorkerChannels } from './worker-channels.js';
import { WorkerCommands } from './worker-commands.js';
import { WorkerHistory } from './worker-history.js';
import { WorkerPresence } from './worker-presence.js';
import { WorkerPublisher } from './worker-publisher.js';

/** The last publication of a channel may be missed without a trace. */
const CHECK_MS = 30_000;
/** The place of the hub, which stands alone. */
const ENGINE = 1;

/** What a node of the cluster tells its process. */
export interface WorkerNodeListener {
  live(): void;
  degraded(reason: string): void;
  warn(sentence: string): void;
}

/** This process in the cluster, from start to detach. */
export class WorkerNode {
  readonly channels: WorkerChannels;
  readonly publisher: WorkerPublisher;
  readonly history: WorkerHistory;
  readonly presence: WorkerPresence;
  readonly commands: WorkerCommands;
  private readonly link: HubLink;
  private readonly recent: RecentEvents;
  private readonly checks: NodeJS.Timeout;
  /** Names what the hub remembered last. */
  private memory = '';
  /** Whether the hub is another one since the node was told so. */
  private isForgotten = false;
  /** Whether commands may have been missed for good since the node was told so. */
  private hasMissedCommands = false;
  private awaySince: number | undefined;
  /** What the node was told of the link: undefined before it was live. */
  private isInterrupted: boolean | undefined;

  constructor(
    private readonly node: BackplaneNode,
    wires: WireFactory,
    recentMaxBytes: number,
    private readonly listener: WorkerNodeListener,
    private readonly now: () => number,
  ) {
    const link = new HubLink(wires, {
      frame: (kind, id, body) => this.receive(kind, id, body),
      hello: (out) => this.greet(out),
      rising: (welcome) => this.rise(welcome),
      live: () => this.becomeLive(),
      answered: (seconds) => node.observer?.answered(seconds, ENGINE),
      fallen: (reason) => this.fall(reason),
    });
    this.link = link;
    this.recent = new RecentEvents(recentMaxBytes, () => performance.now());
    this.channels = new WorkerChannels(link);
    this.publisher = new WorkerPublisher(
      link,
      () => this.memory,
      (event) => this.deliver(event),
    );
    this.history = new WorkerHistory(link, this.recent, this.channels);
    this.presence = new WorkerPresence(link);
    this.commands = new WorkerCommands(link, node);
    this.checks = setInterval(() => {
      if (link.isLive) node.checkPositions();
    }, CHECK_MS).unref();
  }

  start(withinMs: number): Promise<void> {
    return this.link.start(withinMs);
  }

  async close(channel: string): Promise<void> {
    await this.channels.close(channel);
    this.recent.forget(channel);
  }

  /** Leaves the cluster: at once where the hub is there, else with the end of the lease. */
  async leave(): Promise<void> {
    clearInterval(this.checks);
    this.isInterrupted = undefined;
    this.commands.withdrawAll();
    await this.link.request({ kind: ToHub.detach, effect: 'write' }).catch(() => undefined);
    this.channels.clear();
    this.link.stop();
    this.recent.clear();
  }

  private greet(out: ByteWriter): void {
    out.u32(VERSION);
    out.u32(process.pid);
    out.text(this.node.id);
    out.text(this.memory);
    writeOptional(out, this.commands.lastNumber, (last) => out.number(last));
  }

  /** What was revoked while the link was down came before this, and events come after. */
  private async rise(welcome: ByteReader): Promise<void> {
    const memory = welcome.text();
    const isSame = memory === this.memory;
    if (this.memory !== '' && !isSame) {
      // Another hub knows neither this node nor what the last one was told.
      this.isForgotten = true;
      this.hasMissedCommands = true;
      this.recent.clear();
    }
    if (this.awaySince !== undefined && hasOutlastedCommands(this.now() - this.awaySince))
      this.hasMissedCommands = true;
    this.awaySince = undefined;
    this.memory = memory;
    this.commands.welcomed(welcome.number(), isSame);
    await this.channels.reopen();
  }

  private becomeLive(): void {
    this.listener.live();
    if (this.isInterrupted === true) {
      this.node.observer?.reconnected(ENGINE);
      this.node.restored({
        memory: this.isForgotten ? 'lost' : 'kept',
        commands: this.hasMissedCommands ? 'lost' : 'kept',
      });
    }
    this.isForgotten = false;
    this.hasMissedCommands = false;
    this.isInterrupted = false;
  }

  private fall(reason: string): void {
    if (this.isInterrupted === undefined) return;
    this.isInterrupted = true;
    this.awaySince ??= this.now();
    this.listener.degraded(reason);
    this.node.interrupted();
  }

  private receive(kind: number, id: number, body: ByteReader): void {
    switch (kind) {
      case ToWorker.event:
        return this.deliverOfOthers(body);
      case ToWorker.cleared:
        return this.recent.forget(body.text());
      case ToWorker.command:
        return this.commands.execute(id, body);
      case ToWorker.question:
        return void this.commands.answer(id, body);
      case ToWorker.withdrawn:
        return this.commands.withdrawn(id);
      default:
    }
  }

  private deliverOfOthers(body: ByteReader): void {
    try {
      this.deliver(body);
    } catch (error) {
      this.listener.warn(`A node has thrown, against its contract: ${String(error)}`);
    }
  }

  private deliver(body: ByteReader): number {
    const { publication, ttl } = readPublication(body);
    if (!this.channels.has(publication.channel)) return 0;
    this.remember(publication, ttl);
    return this.node.deliver(publication);
  }

  private remember(publication: Publication, ttl: number): void {
    const { position } = publication;
    if (position !== undefined) this.recent.add({ ...publication, position }, ttl);
  }
}
