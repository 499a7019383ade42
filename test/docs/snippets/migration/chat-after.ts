import { createClient } from '@skreaver/client';

export interface View {
  show(text: string): void;
  connected(isConnected: boolean): void;
  approve(question: string): Promise<boolean>;
}

interface Chat {
  channels: { 'room:*': { event: string } };
  requests: { say: { params: string }; count: { result: number } };
}

export function openChat(origin: string, getToken: () => Promise<string>, view: View) {
  const client = createClient<Chat>({ url: `${origin}/ws`, getToken });
  client.on('state', ({ state }) => view.connected(state.status === 'connected'));
  client.subscribe('room:lobby', { onEvent: ({ data }) => view.show(data) });
  client.answer(({ data }) => view.approve(String(data)));
  return {
    say: (text: string) => client.request('say', text, { timeout: 5_000 }),
    count: () => client.request('count', {}, { timeout: 5_000 }),
    close: () => client.disconnect(),
  };
}
