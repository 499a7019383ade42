import { Body, Controller, HttpCode, Logger, Post } from '@nestjs/common';
import {
  type ChannelEvent,
  type Delivery,
  type DeliveryOrError,
  ShutdownService,
  SubscriptionService,
  WsError,
  WsErrorCode,
} from '@skreaver/nestjs-ws';
import { type ErrorBody, bodyOf, shownError } from './outage.js';
import { readBody } from './publication-body.js';
import { type Publication, readPublications } from './publication.js';

interface Refused {
  readonly error: ErrorBody;
}

@Controller('api/publish')
export class PublishController {
  private readonly logger = new Logger('SkreaverWsHttp');

  constructor(
    private readonly subscriptions: SubscriptionService,
    private readonly shutdown: ShutdownService,
  ) {}

  /** 503 while draining. The error of a single publication is the response; a batch has one result each, in order. */
  @Post()
  @HttpCode(200)
  async publish(@Body() body: unknown): Promise<Delivery | { readonly results: readonly (Delivery | Refused)[] }> {
    if (this.shutdown.isDraining) throw WsError.serviceRestart();
    const asked = readPublications(readBody(body));
    if ('channel' in asked) return this.subscriptions.broadcast(asked.channel, asked.data, asked);
    return { results: await this.publishAll(asked) };
  }

  private async publishAll(asked: readonly Publication[]): Promise<(Delivery | Refused)[]> {
    const events = asked.filter((publication): publication is ChannelEvent => !(publication instanceof WsError));
    const outcomes = (await this.subscriptions.broadcastMany(events)).values();
    return asked.map((publication) => {
      if (publication instanceof WsError) return refusedBy(publication);
      const outcome = outcomes.next().value as DeliveryOrError;
      return 'error' in outcome ? this.refused(publication, outcome.error) : outcome;
    });
  }

  private refused({ channel }: ChannelEvent, thrown: unknown): Refused {
    const error = shownError(thrown);
    if (error instanceof WsError) return refusedBy(error);
    this.logger.error({ channel, err: error, msg: 'publish failed' });
    return { error: { code: WsErrorCode.InternalError, message: 'The server failed; see its log.' } };
  }
}

const refusedBy = (error: WsError): Refused => ({ error: bodyOf(error) });
