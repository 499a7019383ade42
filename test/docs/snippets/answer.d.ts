import type { ServerMessage } from '@skreaver/protocol';
import type { WebSocket } from 'ws';

export declare function answer(
  ws: WebSocket,
  message: ServerMessage,
  ask: (question: string) => boolean | Promise<boolean>,
): Promise<void>;
