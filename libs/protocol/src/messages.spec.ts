import { describe, expect, it } from 'vitest';
import { clientMessageTypes, serverMessageTypes, WsMessageType } from './messages.js';

describe('message types', () => {
  it('have thirteen members, each sent by at least one side', () => {
    const sent = new Set<string>([...clientMessageTypes, ...serverMessageTypes]);
    expect([...sent].toSorted()).toEqual(Object.values(WsMessageType).toSorted());
    expect(sent.size).toBe(13);
  });

  it('go both ways only for ping and pong', () => {
    const serverSends: readonly string[] = serverMessageTypes;
    expect(clientMessageTypes.filter((type) => serverSends.includes(type))).toEqual(['ping', 'pong']);
  });
});
