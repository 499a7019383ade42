import { describe, expect, it } from 'vitest';
import { ConnectionLimiter } from './connection-limiter.js';

const limits = { maxConnections: 3, maxConnectionsPerIp: 2 };

describe('ConnectionLimiter', () => {
  it('gives one address as many places as it may have, and refuses the next with scope address', () => {
    const places = new ConnectionLimiter(limits);
    places.acquire('192.0.2.1');
    places.acquire('192.0.2.1');
    expect(() => places.acquire('192.0.2.1')).toThrow(
      expect.objectContaining({ code: 'CONNECTION_LIMIT_EXCEEDED', details: { scope: 'address', max: 2 } }),
    );
    expect(places.size).toBe(2);
  });

  it('fills the server to its limit, and refuses the next with scope server whatever its address', () => {
    const places = new ConnectionLimiter(limits);
    for (const last of [1, 2, 3]) places.acquire(`192.0.2.${last}`);
    expect(() => places.acquire('192.0.2.4')).toThrow(
      expect.objectContaining({ details: { scope: 'server', max: 3 } }),
    );
  });

  it('counts IPv6 addresses of one /64 as one', () => {
    const places = new ConnectionLimiter(limits);
    places.acquire('2001:db8::1');
    places.acquire('2001:db8::ffff:2');
    expect(() => places.acquire('2001:db8::3')).toThrow(
      expect.objectContaining({ details: { scope: 'address', max: 2 } }),
    );
    expect(() => places.acquire('2001:db8:0:1::3')).not.toThrow();
  });

  it('gives a place back once, however often it is released', () => {
    const places = new ConnectionLimiter(limits);
    const place = places.acquire('192.0.2.1');
    places.acquire('192.0.2.1');
    place.release();
    place.release();
    expect(places.size).toBe(1);
    places.acquire('192.0.2.1');
    expect(() => places.acquire('192.0.2.1')).toThrow('address');
  });

  it('takes no place when it refuses', () => {
    const places = new ConnectionLimiter({ maxConnections: 1, maxConnectionsPerIp: 1 });
    const place = places.acquire('192.0.2.1');
    expect(() => places.acquire('192.0.2.1')).toThrow();
    place.release();
    expect(places.size).toBe(0);
    expect(() => places.acquire('192.0.2.1')).not.toThrow();
  });
});
