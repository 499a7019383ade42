import {
  useChannel,
  useConnection,
  usePresence,
  useQuestions,
  useRequest,
  useStream,
  useSubscription,
} from '@skreaver/react';
import { createElement } from 'react';

/** Every hook once. */
export function Everything() {
  const shown = {
    connection: useConnection().status,
    subscription: useSubscription('news', () => {}).status,
    channel: useChannel('news', { initial: 0, reduce: (n) => n + 1 }).data,
    members: usePresence('news').members.length,
    request: useRequest('double').isPending,
    stream: useStream('write').status,
    questions: useQuestions().questions.length,
  };
  return createElement('p', {}, JSON.stringify(shown));
}
