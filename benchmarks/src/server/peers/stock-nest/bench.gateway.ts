import type { IncomingMessage } from 'node:http';
import { UseGuards, UsePipes, ValidationPipe } from '@nestjs/common';
import {
  ConnectedSocket,
  MessageBody,
  type OnGatewayConnection,
  type OnGatewayDisconnect,
  SubscribeMessage,
  WebSocketGateway,
  type WsResponse,
} from '@nestjs/websockets';
import { WebSocket } from 'ws';
import { bearerOf } from '../../token.js';
import { PauseMessageDto, SubscribeDto } from './messages.js';
import { ThrottleGuard } from './throttle.guard.js';
import { TokenGuard } from './token.guard.js';
import { Users } from './users.js';

/** Gateway as in Nest's documentation; channels are Sets, as the adapter does not have channels. */
@WebSocketGateway()
@UseGuards(ThrottleGuard, TokenGuard)
@UsePipes(new ValidationPipe({ whitelist: true, transform: true }))
export class BenchGateway implements OnGatewayConnection, OnGatewayDisconnect {
  private readonly channels = new Map<string, Set<WebSocket>>();

  constructor(private readonly users: Users) {}

  async handleConnection(client: WebSocket, request: IncomingMessage): Promise<void> {
    const user = await this.users.check(client, bearerOf(request.headers.authorization));
    if (user === undefined) client.close(4401);
  }

  handleDisconnect(client: WebSocket): void {
    for (const subscribers of this.channels.values()) subscribers.delete(client);
  }

  @SubscribeMessage('subscribe')
  subscribe(@ConnectedSocket() client: WebSocket, @MessageBody() { channels }: SubscribeDto): WsResponse {
    for (const channel of channels) {
      const subscribers = this.channels.get(channel) ?? new Set();
      this.channels.set(channel, subscribers.add(client));
    }
    return { event: 'subscribed', data: { channels } };
  }

  @SubscribeMessage('agent.pause')
  async pause(
    @ConnectedSocket() client: WebSocket,
    @MessageBody() { id, agent, seconds }: PauseMessageDto,
  ): Promise<WsResponse> {
    return { event: 'response', data: { id, result: { agent, seconds, by: await this.users.of(client) } } };
  }

  publish(channel: string, event: object): void {
    const text = JSON.stringify({ event: 'event', data: event });
    for (const client of this.channels.get(channel) ?? []) {
      if (client.readyState === WebSocket.OPEN) client.send(text);
    }
  }
}
