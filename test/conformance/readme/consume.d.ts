import type { WebSocket } from 'ws';

export declare function consume(url: string, channel: string, handle: (data: unknown) => unknown): WebSocket;
