import { describe, expect, it } from 'vitest';
import { serviceRig } from '../../../test/support/service-rig.js';
import type { Exclusion } from '../../backplane/index.js';
import { excludedFrom, exclusionOf, isExcluded } from './exclusion.js';

describe('an exclusion', () => {
  it('is copied as plain data, without what else the application put there', () => {
    const given = { userId: 'ann', connectionId: undefined, note: 1 };
    expect(exclusionOf(given)).toEqual({ userId: 'ann' });
    expect(Object.keys(exclusionOf(given) ?? {})).toEqual(['connectionId', 'userId']);
    expect(exclusionOf(undefined)).toBeUndefined();
  });

  it.each([
    {},
    { userId: undefined },
    { userId: '' },
    { userId: 7 },
    { userId: 'ann', connectionId: null },
    'ann',
    null,
  ])('that names nobody, or not by ids, is refused: %j', (except) => {
    expect(() => exclusionOf(except as Exclusion)).toThrow(expect.objectContaining({ code: 'INVALID_PARAMS' }));
  });

  it('holds for a connection, for all connections of a user, or for both, and for nobody else', () => {
    const { connect, table } = serviceRig();
    const [one, two, other] = [connect('ann'), connect('ann'), connect('bob')].map(({ connection }) => connection);
    const connections = [one, two, other, connect().connection].flatMap((connection) => connection ?? []);
    const cases: [Exclusion, typeof connections][] = [
      [{ userId: 'ann' }, connections.slice(0, 2)],
      [{ connectionId: one?.id }, connections.slice(0, 1)],
      [{ userId: 'ann', connectionId: one?.id }, connections.slice(0, 2)],
      [{ userId: 'ann', connectionId: other?.id }, connections.slice(0, 3)],
      [{ userId: 'carol', connectionId: 'gone' }, []],
    ];
    for (const [except, expected] of cases) {
      expect(connections.filter((connection) => isExcluded(except, connection))).toEqual(expected);
      const found = [...excludedFrom(except, table)];
      expect(found).toHaveLength(expected.length);
      expect(new Set(found)).toEqual(new Set(expected));
    }
    expect(connections.some((connection) => isExcluded(undefined, connection))).toBe(false);
  });
});
