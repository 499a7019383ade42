import { Body, Controller, HttpCode, Logger, Post } from '@nestjs/common';
import {
  type ChannelEvent,
  type Delivery,
  ShutdownService,
  SubscriptionService,
  WsError,
  WsErrorCode,
} from '@skreaver/nestjs-ws';
import { readPublications } from './publication.js';

interface Refused {
  readonly error: { readonly code: string; readonly message: string };
}

const NO_PUBLICATION: Refused = {
  error: {
    code: WsErrorCode.InvalidParams,
    message: 'A message needs a channel (text) and data; an idempotency_key is text too.',
  },
};

@Controller('api/publish')
export class PublishController {
  private readonly logger = new Logger('SkreaverWsHttp');

  constructor(
    private readonly subscriptions: SubscriptionService,
    private readonly shutdown: ShutdownService,
  ) {}

  /** 503 while draining. One publication fails as a whole; of a batch each one has its own result, in order. */
  @Post()
  @HttpCode(200)
  async publish(@Body() body: unknown): Promise<Delivery | { readonly results: readonly (Delivery | Refused)[] }> {
    if (this.shutdown.isDraining) throw WsError.serviceRestart();
    const asked = readPublications(body);
    if ('channel' in asked) return this.subscriptions.broadcast(asked.channel, asked.data, asked);
    return { results: await this.publishAll(asked) };
  }

  private async publishAll(asked: readonly (ChannelEvent | undefined)[]): Promise<(Delivery | Refused)[]> {
    const events = asked.filter((event) => event !== undefined);
    const outcomes = await this.subscriptions.broadcastAll(events);
    const results = new Map<ChannelEvent | undefined, Delivery | Refused>([[undefined, NO_PUBLICATION]]);
    for (const [at, event] of events.entries()) {
      const outcome = outcomes[at];
      if (outcome !== undefined) results.set(event, 'error' in outcome ? this.refused(event, outcome.error) : outcome);
    }
    return asked.map((event) => results.get(event) ?? NO_PUBLICATION);
  }

  private refused({ channel }: ChannelEvent, error: unknown): Refused {
    if (error instanceof WsError) return { error: { code: error.code, message: error.message } };
    this.logger.error({ channel, err: error, msg: 'publish failed' });
    return { error: { code: WsErrorCode.InternalError, message: 'The server failed; see its log.' } };
  }
}
