import { Inject, Injectable } from '@nestjs/common';
import { WsErrorCode } from '@skreaver/protocol';
import { SKREAVER_WS_CONFIG, type ResolvedConfig } from '../../config/index.js';
import { ConnectionRegistry, WsError, wireStats } from '../../connection/index.js';
import { WsRequest } from '../dispatch/ws-request.decorator.js';

/** The request for the figures of the server (PROTOCOL §5), which the option `clientStats` opens to clients. */
@Injectable()
export class StatsRequests {
  constructor(
    @Inject(SKREAVER_WS_CONFIG) private readonly config: ResolvedConfig,
    private readonly registry: ConnectionRegistry,
  ) {}

  /** @throws WsError `METHOD_NOT_FOUND` without `clientStats`: to a client, the server has no such method */
  @WsRequest('get_stats')
  getStats(): Record<string, number> {
    if (!this.config.clientStats) throw new WsError(WsErrorCode.MethodNotFound);
    return wireStats(this.registry.getStats());
  }
}
