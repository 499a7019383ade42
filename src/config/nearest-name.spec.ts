import { assert, constantFrom, nat, property } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { nearestName } from './nearest-name.js';

const known = ['path', 'maxConnections', 'maxConnectionsPerIp', 'pingInterval', 'pongTimeout'];

describe('nearestName', () => {
  it.each([
    ['maxConnection', 'maxConnections'],
    ['max_connections', 'maxConnections'],
    ['MAX-CONNECTIONS-PER-IP', 'maxConnectionsPerIp'],
    ['pingIntervall', 'pingInterval'],
    ['pingTimeout', 'pongTimeout'],
    ['pahts', undefined],
    ['pat', 'path'],
    ['port', undefined],
    ['host', undefined],
    ['', undefined],
    ['x'.repeat(100_000), undefined],
  ])('finds for %j the name %j', (name, nearest) => {
    expect(nearestName(name, known)).toBe(nearest);
  });

  it('returns the nearest name, not the first that is similar', () => {
    expect(nearestName('maxConnectionsX', ['maxConnectionsPer', 'maxConnections'])).toBe('maxConnections');
  });

  it('allows three errors in a long name and no fourth', () => {
    expect(nearestName('maxConnectionsXYZ', ['maxConnections'])).toBe('maxConnections');
    expect(nearestName('zaxConnectionsXYZ', ['maxConnections'])).toBeUndefined();
    expect(nearestName('maxConnectionsWXYZ', ['maxConnections'])).toBeUndefined();
  });

  it('finds a name with any one character missing', () => {
    assert(
      property(constantFrom(...known), nat(), (name, place) => {
        const at = place % name.length;
        expect(nearestName(name.slice(0, at) + name.slice(at + 1), [name])).toBe(name);
      }),
    );
  });
});
