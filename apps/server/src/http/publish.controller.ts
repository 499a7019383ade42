import { Body, Controller, HttpCode, Logger, Post } from '@nestjs/common';
import { SubscriptionService, WsError, WsErrorCode } from '@skreaver/nestjs-ws';
import { type Publication, readPublications } from './publication.js';

interface Delivered {
  readonly delivered: number;
}

type Result = Delivered | { readonly error: { readonly code: string; readonly message: string } };

@Controller('api/publish')
export class PublishController {
  private readonly logger = new Logger('SkreaverWsHttp');

  constructor(private readonly subscriptions: SubscriptionService) {}

  /** One publication fails as a whole; of a batch each one has its own result, in order. */
  @Post()
  @HttpCode(200)
  async publish(@Body() body: unknown): Promise<Delivered | { readonly results: readonly Result[] }> {
    const asked = readPublications(body);
    if ('channel' in asked) return this.broadcast(asked);
    const results: Result[] = [];
    // One after the other: the order of the events is the order of the batch.
    for (const publication of asked) results.push(await this.resultOf(publication));
    return { results };
  }

  private async broadcast({ channel, data }: Publication): Promise<Delivered> {
    const { delivered } = await this.subscriptions.broadcast(channel, data);
    return { delivered };
  }

  private async resultOf(publication: Publication | undefined): Promise<Result> {
    if (publication === undefined) {
      return { error: { code: WsErrorCode.InvalidParams, message: 'A message needs a channel (text) and data.' } };
    }
    try {
      return await this.broadcast(publication);
    } catch (error) {
      if (error instanceof WsError) return { error: { code: error.code, message: error.message } };
      this.logger.error({ channel: publication.channel, err: error, msg: 'publish failed' });
      return { error: { code: WsErrorCode.InternalError, message: 'The server failed; see its log.' } };
    }
  }
}
