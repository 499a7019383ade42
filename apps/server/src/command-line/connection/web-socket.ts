import { createRequire } from 'node:module';
import type { WebSocket as Socket } from 'ws';

const require = createRequire(import.meta.url);

// Not imported: Node 20 would parse each file of `ws` for the names of its exports, 64 of 210 ms of a start.
export const { WebSocket } = require('ws') as typeof import('ws');
export type WebSocket = Socket;
