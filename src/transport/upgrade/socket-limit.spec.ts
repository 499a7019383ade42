import { EventEmitter } from 'node:events';
import type { Socket } from 'node:net';
import { describe, expect, it } from 'vitest';
import { SocketLimit } from './socket-limit.js';

class FakeSocket extends EventEmitter {
  destroyed = false;
  constructor(readonly remoteAddress: string | undefined) {
    super();
  }
  destroy(): void {
    this.destroyed = true;
  }
}

function rig(max = 2) {
  const cut: string[] = [];
  const limit = new SocketLimit(
    max,
    (socket) => socket.remoteAddress === '10.0.0.7',
    (address) => cut.push(address),
  );
  const accept = (address: string | undefined): FakeSocket => {
    const socket = new FakeSocket(address);
    limit.accept(socket as unknown as Socket);
    return socket;
  };
  return { cut, limit, accept };
}

describe('TCP connections of one address', () => {
  it('are closed over the limit, and those of other addresses are not', () => {
    const { cut, accept } = rig();
    const sockets = ['192.0.2.1', '192.0.2.1', '192.0.2.1', '192.0.2.2'].map(accept);
    expect(sockets.map(({ destroyed }) => destroyed)).toEqual([false, false, true, false]);
    expect(cut).toEqual(['192.0.2.1']);
  });

  it('free a slot when they close, once', () => {
    const { accept } = rig();
    const [first, second] = [accept('192.0.2.1'), accept('192.0.2.1')];
    first.emit('close');
    first.emit('close');
    expect(accept('192.0.2.1').destroyed).toBe(false);
    expect(accept('192.0.2.1').destroyed).toBe(true);
    second.emit('close');
    expect(accept('192.0.2.1').destroyed).toBe(false);
  });

  it('are counted once, however often they are handed to the server', () => {
    const { limit, accept } = rig();
    const socket = accept('192.0.2.1');
    for (let again = 0; again < 5; again += 1) limit.accept(socket as unknown as Socket);
    expect(socket.listenerCount('close')).toBe(1);
    expect(accept('192.0.2.1').destroyed).toBe(false);
  });

  it('are counted per /64 of IPv6', () => {
    const { accept } = rig(1);
    accept('2001:db8::1');
    expect(accept('2001:db8::2').destroyed).toBe(true);
  });

  it.each([
    ['10.0.0.7', 'a trusted proxy'],
    [undefined, 'a Unix socket'],
  ])('are not counted for %s: %s', (address, _what) => {
    const { accept } = rig(1);
    expect([1, 2, 3].map(() => accept(address).destroyed)).toEqual([false, false, false]);
  });
});
