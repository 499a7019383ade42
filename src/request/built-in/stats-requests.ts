import { Inject, Injectable } from '@nestjs/common';
import { WsErrorCode } from '@skreaver/protocol';
import { type ResolvedConfig, SkreaverWsConfig } from '../../config/index.js';
import { ConnectionRegistry, WsError, wireStats } from '../../connection/index.js';
import { BuiltInRequest } from '../dispatch/ws-request.decorator.js';

/** The request for the figures of the server (PROTOCOL §5), which the option `clientStats` opens to clients. */
@Injectable()
export class StatsRequests {
  constructor(
    @Inject(SkreaverWsConfig) private readonly config: ResolvedConfig,
    private readonly registry: ConnectionRegistry,
  ) {}

  /** @throws WsError `METHOD_NOT_FOUND` without `clientStats`: to a client, the server has no such method */
  @BuiltInRequest('get_stats')
  getStats(): Record<string, number> {
    if (!this.config.clientStats) throw new WsError(WsErrorCode.MethodNotFound);
    return wireStats(this.registry.getStats());
  }
}
