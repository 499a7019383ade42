import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';
import { type WebSocket, WebSocketServer } from 'ws';
import { type Inbox, createInbox } from './script-inbox.js';

interface Connected {
  readonly socket: WebSocket;
  readonly messages: Inbox<unknown>;
}

/** A server of one client, which does what a script says. */
export class ScriptServer {
  private readonly connections = createInbox<Connected>();
  private current: Connected | undefined;

  private constructor(private readonly server: WebSocketServer) {
    server.on('connection', (socket) => {
      const messages = createInbox<unknown>();
      socket.on('message', (text: Buffer) => messages.put(JSON.parse(text.toString())));
      this.connections.put({ socket, messages });
    });
  }

  static async start(): Promise<ScriptServer> {
    const server = new WebSocketServer({ host: '127.0.0.1', port: 0, handleProtocols: () => 'skreaver.v1' });
    onTestFinished(() => {
      for (const socket of server.clients) socket.terminate();
      server.close();
    });
    await once(server, 'listening');
    return new ScriptServer(server);
  }

  get url(): string {
    return `ws://127.0.0.1:${(this.server.address() as AddressInfo).port}/ws`;
  }

  /** Waits for the next connection, which the other methods are about from then on. */
  async connects(): Promise<void> {
    this.current = await this.connections.next();
  }

  /** The next message of the client. */
  next(): Promise<unknown> {
    return this.now.messages.next();
  }

  send(message: unknown): void {
    this.now.socket.send(JSON.stringify(message));
  }

  close(code: number, reason: string): void {
    this.now.socket.close(code, reason);
  }

  cut(): void {
    this.now.socket.terminate();
  }

  private get now(): Connected {
    if (!this.current) throw new Error('The script has no step `connects` before this one.');
    return this.current;
  }
}
