import { Injectable, UsePipes, ValidationPipe } from '@nestjs/common';
import { MessageBody } from '@nestjs/websockets';
import { CurrentIdentity, type Identity, WsError, WsErrorCode, WsRequest } from '@skreaver/nestjs-ws';
import type { PauseAgentParams } from '../pause-agent.js';
import { PauseAgentDto } from '../pause-agent-dto.js';

/** Handles the request with a DTO and the ValidationPipe, as the documentation shows. */
@Injectable()
export class AgentRequests {
  @WsRequest('agent.pause')
  @UsePipes(new ValidationPipe({ whitelist: true, transform: true }))
  pause(@MessageBody() params: PauseAgentDto, @CurrentIdentity() identity: Identity): object {
    return { agent: params.agent, seconds: params.seconds, by: identity.userId };
  }
}

const isPauseAgent = (params: unknown): params is PauseAgentParams => {
  if (typeof params !== 'object' || params === null) return false;
  const { agent, seconds, reason } = params as Partial<Record<keyof PauseAgentParams, unknown>>;
  return (
    typeof agent === 'string' &&
    agent.length >= 1 &&
    agent.length <= 64 &&
    Number.isInteger(seconds) &&
    (seconds as number) >= 1 &&
    (seconds as number) <= 3600 &&
    (reason === undefined || typeof reason === 'string')
  );
};

/** Checks the same rules as the DTO, without class-validator. */
@Injectable()
export class CheckedAgentRequests {
  @WsRequest('agent.pause')
  pause(@MessageBody() params: unknown, @CurrentIdentity() identity: Identity): object {
    if (!isPauseAgent(params)) throw new WsError(WsErrorCode.InvalidParams, 'The parameters are not those of a pause.');
    return { agent: params.agent, seconds: params.seconds, by: identity.userId };
  }
}
