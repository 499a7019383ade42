// As in docs/guide, word for word but for the `export`.
import { Injectable } from '@nestjs/common';
import { MessageBody } from '@nestjs/websockets';
import { RequestSignal, WsRequest } from '@skreaver/nestjs-ws';
import { LanguageModel } from './language-model.js'; // your own provider

@Injectable()
export class ReportRequests {
  constructor(private readonly model: LanguageModel) {}

  @WsRequest('report.write')
  async *write(@MessageBody('topic') topic: string, @RequestSignal() signal: AbortSignal) {
    let words = 0;
    for await (const word of this.model.write(topic, { signal })) {
      words += 1;
      yield word; // a `pending` response
    }
    return { words }; // the `result` of the last one
  }
}
