import { Injectable, Logger, ValidationPipe } from '@nestjs/common';
import { MessageBody } from '@nestjs/websockets';
import { RequestSignal, WsRequest } from '@skreaver/nestjs-ws';
import { AnswerDto } from './answer.dto.js';
import { LanguageModel } from './language-model.js';

@Injectable()
export class AgentRequests {
  private readonly log = new Logger(AgentRequests.name);

  constructor(private readonly model: LanguageModel) {}

  @WsRequest('agent.answer')
  async *answer(
    @MessageBody(new ValidationPipe()) { question }: AnswerDto,
    @RequestSignal() signal: AbortSignal,
  ): AsyncGenerator<string, { tokens: number }> {
    let tokens = 0;
    try {
      for await (const token of this.model.answer(question, { signal })) {
        tokens += 1;
        yield token; // a `pending` response
      }
      return { tokens }; // the `result` of the last response
    } finally {
      this.log.log(`${signal.aborted ? 'stopped' : 'finished'} after ${tokens} tokens`);
    }
  }
}
