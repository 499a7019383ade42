import { Body, Controller, HttpCode, Post } from '@nestjs/common';
import { ConnectionRegistry } from '@skreaver/nestjs-ws';
import { IsNumber, Max, Min } from 'class-validator';
import { IfPresent } from './if-present.js';
import { checkedParams } from './invalid-params.js';

/** An hour. */
const LONGEST_MS = 3_600_000;

class RebalanceBody {
  /** The part of the connections that is moved. */
  @IsNumber()
  @Min(0.001)
  @Max(1)
  share!: number;

  /** The time over which they are closed; default: a minute. */
  @IfPresent()
  @IsNumber()
  @Min(0)
  @Max(LONGEST_MS)
  over_ms?: number;
}

@Controller('api/rebalance')
export class RebalanceController {
  constructor(private readonly connections: ConnectionRegistry) {}

  /** Moves a share of this node's connections to other nodes, such as after nodes were added. */
  @Post()
  @HttpCode(200)
  rebalance(@Body(checkedParams) { share, over_ms: over }: RebalanceBody): { readonly connections: number } {
    return { connections: this.connections.rebalance(over === undefined ? { share } : { share, over }) };
  }
}
