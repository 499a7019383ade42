import { WsParamtype } from '@nestjs/websockets/enums/ws-paramtype.enum.js';

/** Resolves `@ConnectedSocket()` to the connection, and `@MessageBody()` to `params` or one of them. */
export const requestParameters = {
  exchangeKeyForValue(type: number, data: unknown, args: readonly unknown[]): unknown {
    const [connection, params] = args;
    if (type === (WsParamtype.SOCKET as number)) return connection;
    if (type !== (WsParamtype.PAYLOAD as number)) return null;
    if (typeof data !== 'string') return params;
    const isOwn = typeof params === 'object' && params !== null && Object.hasOwn(params, data);
    return isOwn ? (params as Record<string, unknown>)[data] : undefined;
  },
};
