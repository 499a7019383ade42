import type { ClientMessage, EventMessage } from '@skreaver/protocol';

/**
 * Returned by a handler of questions that leaves a question to the next one, or to another device.
 * @example
 * ```ts
 * import { type Client, PASS } from '@skreaver/client';
 *
 * export function approveDeployments(client: Client): () => void {
 *   return client.answer(({ data }) => (data === 'deploy' ? { approved: true } : PASS));
 * }
 * ```
 */
export const PASS: unique symbol = Symbol.for('skreaver.pass') as never;

/** An event that asks for an answer. */
export interface Question {
  readonly id: string;
  readonly data: unknown;
  /** The channel that was asked, if it was one. */
  readonly channel?: string | undefined;
  /** When it was asked, in ms since 1970. */
  readonly timestamp: number;
  /** Aborts when an answer is not wanted any more: somebody else gave one, the time is over, or the connection is gone. */
  readonly signal: AbortSignal;
}

export type QuestionHandler = (question: Question) => unknown;

/** Questions of the server, offered to the handlers in the order of their registration. */
export function createQuestions(send: (message: ClientMessage) => void, onThrow: (error: unknown) => void) {
  const handlers = new Set<{ readonly handle: QuestionHandler }>();
  const open = new Map<string, AbortController>();

  const ask = async (question: Question, abort: AbortController): Promise<void> => {
    try {
      for (const { handle } of handlers) {
        const data: unknown = await handle(question);
        if (abort.signal.aborted) return;
        if (data !== PASS) return send({ type: 'ack', data, correlation_id: question.id });
      }
    } catch (error) {
      onThrow(error);
    } finally {
      if (open.get(question.id) === abort) open.delete(question.id);
    }
  };

  return {
    answer: (handle: QuestionHandler): (() => void) => {
      const own = { handle };
      handlers.add(own);
      return () => void handlers.delete(own);
    },
    /** @returns whether the event was a question, or withdraws one */
    take({ correlation_id: id, data, metadata }: EventMessage): boolean {
      if (id === undefined) return false;
      open.get(id)?.abort();
      open.delete(id);
      if (metadata.kind !== undefined) return true;
      const abort = new AbortController();
      open.set(id, abort);
      const { channel, timestamp } = metadata;
      void ask({ id, data, channel, timestamp, signal: abort.signal }, abort);
      return true;
    },
    /** Nobody waits for the answers any more. */
    lost(): void {
      for (const abort of open.values()) abort.abort();
      open.clear();
    },
  };
}
