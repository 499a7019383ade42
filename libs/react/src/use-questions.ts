import { type Client, PASS, type Question } from '@skreaver/client';
import { useAnyClient } from './client-context.js';
import { type Store, createStore, useStore } from './store.js';

/** A new frozen object for each change; its function stays the same. */
export interface QuestionsSnapshot {
  /** Those that wait for an answer, oldest first. One that was answered elsewhere, or is too old, goes by itself. */
  readonly questions: readonly Question[];
  /** Answers a question; `PASS` leaves it to another handler or device. Does nothing for one that has gone. */
  readonly answer: (id: string, data: unknown) => void;
}

const shared = new WeakMap<Client, Store<QuestionsSnapshot>>();

function questionsStore(client: Client): Store<QuestionsSnapshot> {
  const open = new Map<Question, (data: unknown) => void>();
  const show = (): void => store.set({ ...first, questions: [...open.keys()] });

  const settle = (question: Question, data: unknown): void => {
    const resolve = open.get(question);
    if (!open.delete(question)) return;
    show();
    resolve?.(data);
  };

  const answer = (id: string, data: unknown): void => {
    for (const question of open.keys()) if (question.id === id) settle(question, data);
  };

  const ask = (question: Question): Promise<unknown> =>
    new Promise((resolve) => {
      question.signal.addEventListener('abort', () => settle(question, PASS));
      open.set(question, resolve);
      show();
    });

  const first: QuestionsSnapshot = { questions: [], answer };
  const store = createStore(first, () => {
    const end = client.answer(ask);
    return () => {
      end();
      for (const question of open.keys()) settle(question, PASS);
    };
  });
  return store;
}

/**
 * The questions of the server that nobody has answered yet, the same for all components. Takes each question that no
 * handler of the client before it has answered; when the last such component goes, it leaves them to others.
 * @example
 * ```ts
 * import { useQuestions } from '@skreaver/react';
 *
 * export function useApproval() {
 *   const { questions, answer } = useQuestions();
 *   const [question] = questions;
 *   return question && { text: String(question.data), onApprove: () => answer(question.id, { approved: true }) };
 * }
 * ```
 */
export function useQuestions(): QuestionsSnapshot {
  const client = useAnyClient();
  const store = shared.get(client) ?? questionsStore(client);
  shared.set(client, store);
  return useStore(store);
}
