import { describe, expect, it } from 'vitest';
import { ConnectionLimiter } from './connection-limiter.js';

const limits = { maxConnections: 3, maxConnectionsPerIp: 2 };

describe('ConnectionLimiter', () => {
  it('grants an address as many permits as its limit, and rejects the next with scope address', () => {
    const limiter = new ConnectionLimiter(limits);
    limiter.acquire('192.0.2.1');
    limiter.acquire('192.0.2.1');
    expect(() => limiter.acquire('192.0.2.1')).toThrow(
      expect.objectContaining({ code: 'CONNECTION_LIMIT_EXCEEDED', details: { scope: 'address', max: 2 } }),
    );
    expect(limiter.size).toBe(2);
  });

  it('grants permits up to the limit of the server, and rejects the next with scope server whatever its address', () => {
    const limiter = new ConnectionLimiter(limits);
    for (const last of [1, 2, 3]) limiter.acquire(`192.0.2.${last}`);
    expect(() => limiter.acquire('192.0.2.4')).toThrow(
      expect.objectContaining({ details: { scope: 'server', max: 3 } }),
    );
  });

  it('counts IPv6 addresses of one /64 as one', () => {
    const limiter = new ConnectionLimiter(limits);
    limiter.acquire('2001:db8::1');
    limiter.acquire('2001:db8::ffff:2');
    expect(() => limiter.acquire('2001:db8::3')).toThrow(
      expect.objectContaining({ details: { scope: 'address', max: 2 } }),
    );
    expect(() => limiter.acquire('2001:db8:0:1::3')).not.toThrow();
  });

  it('releases a permit once, however often release is called', () => {
    const limiter = new ConnectionLimiter(limits);
    const permit = limiter.acquire('192.0.2.1');
    limiter.acquire('192.0.2.1');
    permit.release();
    permit.release();
    expect(limiter.size).toBe(1);
    limiter.acquire('192.0.2.1');
    expect(() => limiter.acquire('192.0.2.1')).toThrow('address');
  });

  it('counts nothing when it rejects', () => {
    const limiter = new ConnectionLimiter({ maxConnections: 1, maxConnectionsPerIp: 1 });
    const permit = limiter.acquire('192.0.2.1');
    expect(() => limiter.acquire('192.0.2.1')).toThrow();
    permit.release();
    expect(limiter.size).toBe(0);
    expect(() => limiter.acquire('192.0.2.1')).not.toThrow();
  });
});
