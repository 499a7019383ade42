import type { Server as HttpServer } from 'node:http';
import { Injectable } from '@nestjs/common';
import { MessageBody } from '@nestjs/websockets';
import { SubscriptionService, WsRequest } from '@skreaver/nestjs-ws';
import { Server } from 'socket.io';

@Injectable()
export class Rooms {
  io?: Server;
  private said = 0;

  constructor(private readonly subscriptions: SubscriptionService) {}

  @WsRequest('say') // before: socket.on('say', …)
  async say(@MessageBody() text: string): Promise<void> {
    this.said += 1;
    this.io?.to('room:lobby').emit('message', text);
    await this.subscriptions.broadcast('room:lobby', text);
  }

  @WsRequest('count')
  count(): number {
    return this.said;
  }

  /** Call it with `app.getHttpServer()`, until no client of Socket.IO is left. */
  serveSocketIo(httpServer: HttpServer, isValid: (token: unknown) => boolean): void {
    this.io = new Server(httpServer);
    this.io.use((socket, next) =>
      next(isValid(socket.handshake.auth['token']) ? undefined : new Error('unauthorized')),
    );
    this.io.on('connection', (socket) => {
      socket.on('join', (room: string) => socket.join(room));
      socket.on('say', async (text: string, answer: () => void) => {
        await this.say(text);
        answer();
      });
      socket.on('count', (answer: (count: number) => void) => answer(this.said));
    });
  }
}
