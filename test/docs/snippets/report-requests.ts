import { Injectable } from '@nestjs/common';
import { MessageBody } from '@nestjs/websockets';
import { RequestSignal, WsRequest } from '@skreaver/nestjs-ws';

/** Stands for what an application calls: word after word, until there are no more or nobody wants them. */
@Injectable()
export class LanguageModel {
  isAtWork = false;

  async *write(topic: string, { signal }: { signal: AbortSignal }): AsyncGenerator<string> {
    this.isAtWork = true;
    try {
      for (const word of ['All', 'about', topic]) yield word;
      if (topic !== 'everything') return;
      await new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason as Error)));
    } finally {
      this.isAtWork = false;
    }
  }
}

// As in docs/guide, word for word but for the `export`.
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
