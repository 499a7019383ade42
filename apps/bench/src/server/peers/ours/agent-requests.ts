import { Injectable, UsePipes, ValidationPipe } from '@nestjs/common';
import { MessageBody } from '@nestjs/websockets';
import { CurrentIdentity, type Identity, WsRequest } from '@skreaver/nestjs-ws';
import { PauseAgentDto } from '../pause-agent-dto.js';

/** A method as the README has it. */
@Injectable()
export class AgentRequests {
  @WsRequest('agent.pause')
  @UsePipes(new ValidationPipe({ whitelist: true, transform: true }))
  pause(@MessageBody() params: PauseAgentDto, @CurrentIdentity() identity: Identity): object {
    return { agent: params.agent, seconds: params.seconds, by: identity.userId };
  }
}
