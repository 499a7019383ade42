import { Injectable } from '@nestjs/common';

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
