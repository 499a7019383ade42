import { setTimeout } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';

const TOKEN_MS = 30;

const ANSWER =
  'A method that streams is an async generator. Each value that it yields goes out as one message, and the next value is made ' +
  'when the socket has taken the one before, so a slow reader slows the model down and fills no memory. Press Stop, and the ' +
  'signal of the request aborts: the model stops in the middle of a sentence, and nobody pays for tokens that nobody reads.';

/** Stands for the client of a real model. Most of them stream in the same way and take a signal too. */
@Injectable()
export class LanguageModel {
  async *answer(question: string, { signal }: { signal: AbortSignal }): AsyncGenerator<string> {
    for (const token of tokensOf(`You asked: “${question}” ${ANSWER}`)) {
      await setTimeout(TOKEN_MS, undefined, { signal });
      yield token;
    }
  }
}

/** Splits a text into words, each with its trailing space. */
const tokensOf = (text: string): string[] => text.split(/(?<= )/);
