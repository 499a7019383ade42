import { describe, expect, it } from 'vitest';
import { NodeId } from './node-id.js';

describe('the id of a node', () => {
  it('has eight characters of base36, and is another for each', () => {
    const ids = Array.from({ length: 1000 }, () => new NodeId().value);
    for (const id of ids) expect(id).toMatch(/^[0-9a-z]{8}$/);
    expect(new Set(ids).size).toBe(1000);
  });

  it('begins the ids of its connections, which differ by a random UUID', () => {
    const node = new NodeId('node0001');
    const ids = Array.from({ length: 1000 }, () => node.newConnectionId());
    for (const id of ids) expect(id).toMatch(/^node0001\.[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
    expect(new Set(ids).size).toBe(1000);
  });

  it('is read from the id of a connection of another node', () => {
    const node = new NodeId('node0001');
    expect(node.otherNodeOf(new NodeId('node0002').newConnectionId())).toBe('node0002');
    expect(node.otherNodeOf(node.newConnectionId())).toBeUndefined();
  });

  it.each(['', 'c1', '.c1', 'nobody'])('is not read from %j, which names no node', (id) => {
    expect(new NodeId().otherNodeOf(id)).toBeUndefined();
  });
});
