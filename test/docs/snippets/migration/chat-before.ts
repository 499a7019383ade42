import { io } from 'socket.io-client';

export interface View {
  show(text: string): void;
  connected(isConnected: boolean): void;
  approve(question: string): Promise<boolean>;
}

export function openChat(origin: string, getToken: () => Promise<string>, view: View) {
  const socket = io(origin, {
    auth: (send) => void getToken().then((token) => send({ token })),
  });
  socket.on('connect', () => {
    view.connected(true);
    socket.emit('join', 'room:lobby');
  });
  socket.on('disconnect', () => view.connected(false));
  socket.on('message', (text: string) => view.show(text));
  socket.on('approve', async (question: string, answer: (isApproved: boolean) => void) => {
    answer(await view.approve(question));
  });
  return {
    say: (text: string) => socket.timeout(5_000).emitWithAck('say', text),
    count: (): Promise<number> => socket.timeout(5_000).emitWithAck('count'),
    close: () => socket.disconnect(),
  };
}
