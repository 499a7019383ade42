import type { MemoryBackplane } from '@skreaver/nestjs-ws';
import type { ByteReader } from '../wire/byte-reader.js';
import type { ByteWriter } from '../wire/byte-writer.js';
import { readOutcome, readResult, writeCommandOutcome, writeOutcome } from '../wire/command-fields.js';
import { readNewPublication, writePublication } from '../wire/event-fields.js';
import { readPosition, readText, readTexts, writeOptional, writePosition } from '../wire/fields.js';
import type { FrameSocket } from '../wire/frame-socket.js';
import { ToHub, type ToHubKind, ToWorker } from '../wire/frame.js';
import { readQuery } from '../wire/history-fields.js';
import { readUpdate, writeMember } from '../wire/presence-fields.js';
import type { HubCommands } from './hub-commands.js';
import type { HubEvents } from './hub-events.js';
import type { HubNode } from './hub-nodes.js';

/** Parts of a reply wait while more than this waits to be read. */
const DRAINED_BYTES = 256 * 1024;

/** What a session asks for. */
export interface HubServices {
  readonly memory: MemoryBackplane;
  readonly events: HubEvents;
  readonly commands: HubCommands;
  /** The node says that it leaves. */
  leave(node: HubNode): Promise<void>;
}

/** The requests of one node, from its `hello` on. */
export class HubSession {
  constructor(
    private readonly node: HubNode,
    private readonly socket: FrameSocket,
    private readonly services: HubServices,
  ) {}

  /** @throws Error for what no worker sends */
  handle(kind: number, id: number, body: ByteReader): void {
    this.node.heardAt = performance.now();
    const handle = this.handlers[kind as Exclude<ToHubKind, 1>];
    if (handle === undefined) throw new Error(`There is no kind ${kind}.`);
    handle(id, body);
  }

  private readonly handlers: Readonly<Record<Exclude<ToHubKind, 1>, (id: number, body: ByteReader) => void>> = {
    [ToHub.ping]: (id) => this.reply(id),
    [ToHub.open]: (id, body) => {
      this.services.events.open(this.node, readTexts(body));
      this.reply(id);
    },
    [ToHub.close]: (id, body) => {
      this.services.events.close(this.node, body.text());
      this.reply(id);
    },
    [ToHub.publish]: (id, body) => {
      const published = this.services.events.publish(this.node, id, readNewPublication(body));
      void this.answer(id, published, ({ nodes, position, duplicate }, out) => {
        out.u32(nodes);
        out.u8(duplicate === true ? 1 : 0);
        writeOptional(out, position, (top) => writePosition(out, top));
      });
    },
    [ToHub.history]: (id, body) => void this.sendHistory(id, body),
    [ToHub.positions]: (id, body) => {
      const channels = readTexts(body);
      const positions = this.services.memory.positions(new Map(channels.map((channel) => [channel, undefined])));
      void this.answer(id, positions, (tops, out) => {
        for (const top of tops.values()) writePosition(out, top);
      });
    },
    [ToHub.clearHistory]: (id, body) => void this.answer(id, this.services.events.clear(body.text())),
    [ToHub.acknowledge]: (id, body) => {
      const stored = this.services.memory.acknowledge(body.text(), body.text(), readPosition(body));
      void this.answer(id, stored);
    },
    [ToHub.acknowledged]: (id, body) => {
      const position = this.services.memory.acknowledged(body.text(), body.text());
      void this.answer(id, position, (acked, out) => writeOptional(out, acked, (each) => writePosition(out, each)));
    },
    [ToHub.present]: (id, body) => {
      const update = readUpdate(body);
      this.node.leaveDelay = update.leaveDelay;
      void this.answer(id, this.services.memory.presentOn(this.node.id, update));
    },
    [ToHub.members]: (id, body) => void this.sendMembers(id, body.text(), body.number()),
    [ToHub.presenceStats]: (id, body) => {
      void this.answer(id, this.services.memory.presenceStats(body.text()), ({ connections, users }, out) => {
        out.number(connections);
        out.number(users);
      });
    },
    [ToHub.dispatch]: (id, body) => {
      const to = readText(body);
      const isKept = body.u8() === 1;
      const outcome = this.services.commands.dispatch(body.rest(), to, isKept);
      void this.answer(id, outcome, (done, out) => writeCommandOutcome(out, done));
    },
    [ToHub.ask]: (id, body) => {
      const to = readText(body);
      const outcome = this.services.commands.ask(this.node, id, body.rest(), to);
      // Without an answer where nobody waits for it.
      this.answer(id, outcome, (heard, out) => writeOutcome(out, heard)).catch(() => undefined);
    },
    [ToHub.detach]: (id) => void this.leave(id),
    [ToHub.withdraw]: (id) => this.services.commands.withdraw(this.node, id),
    [ToHub.begun]: (id) => this.services.commands.begun(this.node, id),
    [ToHub.done]: (id, body) => this.services.commands.done(this.node, id, readResult(body)),
    [ToHub.outcome]: (id, body) => this.services.commands.heard(this.node, id, readOutcome(body)),
  };

  private async sendHistory(id: number, body: ByteReader): Promise<void> {
    const channel = body.text();
    const { publications, top } = await this.services.memory.history(channel, readQuery(body));
    const ttl = this.services.memory.historyTtl(channel);
    await this.sendItems(id, publications, (event, out) => writePublication(out, event, ttl));
    this.reply(id, (out) => writePosition(out, top));
  }

  private async sendMembers(id: number, channel: string, limit: number): Promise<void> {
    const members = await this.services.memory.members(channel, limit);
    await this.sendItems(id, members, (member, out) => writeMember(out, member));
    this.reply(id);
  }

  private async leave(id: number): Promise<void> {
    await this.services.leave(this.node);
    this.reply(id);
    this.socket.end();
  }

  private async answer<T>(
    id: number,
    result: Promise<T>,
    write: (result: T, out: ByteWriter) => void = () => {},
  ): Promise<void> {
    const done = await result;
    this.reply(id, (out) => write(done, out));
  }

  private reply(id: number, write?: (out: ByteWriter) => void): void {
    this.socket.send(ToWorker.reply, id, write);
  }

  /** As fast as they are read, since together they may be many times what may wait. */
  private async sendItems<T>(id: number, items: readonly T[], write: (item: T, out: ByteWriter) => void) {
    for (const item of items) {
      if (this.socket.bufferedBytes > DRAINED_BYTES) await this.socket.drained(DRAINED_BYTES);
      this.socket.send(ToWorker.item, id, (out) => write(item, out));
    }
  }
}
