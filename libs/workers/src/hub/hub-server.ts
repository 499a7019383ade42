import { randomBytes } from 'node:crypto';
import { type Server, type Socket, createServer } from 'node:net';
import { MemoryBackplane } from '@skreaver/nestjs-ws';
import type { ByteReader } from '../wire/byte-reader.js';
import { readOptional } from '../wire/fields.js';
import { FrameSocket } from '../wire/frame-socket.js';
import { ToHub, ToWorker, VERSION } from '../wire/frame.js';
import { HubCommands } from './hub-commands.js';
import { HubEvents } from './hub-events.js';
import type { HubFigures } from './hub-metrics.js';
import { type HubNode, HubNodes } from './hub-nodes.js';
import { HubSession } from './hub-session.js';
import { listenPrivately } from './hub-socket.js';

const WATCH_MS = 250;

/**
 * The memory that the workers of a machine share: events, positions, idempotency keys, members. It lives as long as its
 * process, and each worker has one connection to it.
 */
export class HubServer {
  /** Names what it remembers: a hub that takes its place remembers nothing. */
  private readonly memoryId = randomBytes(9).toString('base64url');
  private readonly nodes = new HubNodes();
  private readonly commands = new HubCommands(this.nodes);
  private readonly events: HubEvents;
  private readonly server: Server;
  private readonly sockets = new Set<FrameSocket>();
  private watchdog: NodeJS.Timeout | undefined;
  private watchedAt = performance.now();

  constructor(
    private readonly memory: MemoryBackplane,
    private readonly maxBufferedBytes: number,
  ) {
    this.events = new HubEvents(memory);
    this.server = createServer((socket) => this.accept(socket));
  }

  get figures(): HubFigures {
    return { events: this.events.published, bytes: this.memory.bytes };
  }

  async listen(path: string): Promise<void> {
    await this.memory.start(this.events.node);
    await listenPrivately(this.server, path);
    this.watchdog = setInterval(() => this.watch(), WATCH_MS);
  }

  async close(): Promise<void> {
    clearInterval(this.watchdog);
    const closed = new Promise<void>((resolve) => this.server.close(() => resolve()));
    for (const socket of this.sockets) socket.destroy('The hub was closed.');
    await this.memory.detach();
    await closed;
  }

  /** A process of this machine has ended: the end of a lease need not be awaited. */
  processEnded(pid: number): void {
    for (const node of this.nodes.named(undefined)) if (node.pid === pid) this.forget(node.id);
  }

  /** Takes a node for ended: nobody waits for it any more. */
  forget(id: string): void {
    const node = this.nodes.find(id);
    if (node === undefined) return;
    this.nodes.remove(node);
    node.socket?.destroy('It has ended, or was silent for too long.');
    this.commands.nodesAre(this.nodes.named(undefined));
  }

  private accept(stream: Socket): void {
    let session: HubSession | undefined;
    let node: HubNode | undefined;
    const socket: FrameSocket = new FrameSocket(stream, this.maxBufferedBytes, {
      frame: (kind, id, body) => {
        if (session !== undefined) {
          session.handle(kind, id, body);
          return;
        }
        if (kind !== ToHub.hello) throw new Error('The first frame is no hello.');
        node = this.welcome(socket, id, body);
        session = new HubSession(node, socket, {
          memory: this.memory,
          events: this.events,
          commands: this.commands,
          leave: (leaving) => this.remove(leaving),
        });
      },
      closed: () => {
        this.sockets.delete(socket);
        if (node?.socket === socket) this.lose(node);
      },
    });
    this.sockets.add(socket);
  }

  /** What the node has missed comes before the answer, and events after it. */
  private welcome(socket: FrameSocket, id: number, body: ByteReader): HubNode {
    if (body.u32() !== VERSION) throw new Error('It is of another version.');
    const pid = body.u32();
    const nodeId = body.text();
    const memory = body.text();
    const last = readOptional(body, () => body.number());
    const node = this.nodes.of(nodeId);
    node.socket?.destroy('It has connected anew.');
    node.socket = socket;
    node.pid = pid;
    node.heardAt = performance.now();
    if (memory === this.memoryId && last !== undefined) this.commands.resend(node, last);
    socket.send(ToWorker.reply, id, (out) => {
      out.text(this.memoryId);
      out.number(this.commands.last);
    });
    return node;
  }

  /** A node without a connection gets nothing, and its users are away. It may come back. */
  private lose(node: HubNode): void {
    node.socket = undefined;
    this.events.closeAll(node);
    this.commands.withdrawAll(node);
    void this.memory.removeNode(node.id, node.leaveDelay);
  }

  private async remove(node: HubNode): Promise<void> {
    node.socket = undefined;
    this.events.closeAll(node);
    this.commands.withdrawAll(node);
    this.nodes.remove(node);
    this.commands.nodesAre(this.nodes.named(undefined));
    await this.memory.removeNode(node.id, 0);
  }

  private watch(): void {
    const now = performance.now();
    // After a pause of this process what came meanwhile is read first.
    const isLate = now - this.watchedAt > 2 * WATCH_MS;
    this.watchedAt = now;
    if (isLate) return;
    for (const { id } of this.nodes.silent()) this.forget(id);
  }
}
