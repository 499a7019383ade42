// As in docs/guide, word for word.
import { Injectable } from '@nestjs/common';
import { MessageBody } from '@nestjs/websockets';
import { SubscriptionService, WsRequest } from '@skreaver/nestjs-ws';

@Injectable()
export class Recordings {
  constructor(private readonly subscriptions: SubscriptionService) {}

  @WsRequest('recording.add')
  async add(@MessageBody() { name, audio }: { name: string; audio: Uint8Array }): Promise<{ bytes: number }> {
    await this.subscriptions.broadcast('recordings', { name, audio });
    return { bytes: audio.length };
  }
}
