import { Ajv2020 } from 'ajv/dist/2020.js';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { JsonSchema } from '../validation/json-schema.js';
import { cancelSchema, historySchema, presenceSchema, publishSchema } from './params-schemas.js';
import { cancelParams, historyParams, presenceParams, publishParams } from './request-params.js';

const ajv = new Ajv2020({ strict: true });

const takes = (read: (params: unknown) => unknown, params: unknown): boolean => {
  try {
    read(params);
    return true;
  } catch {
    return false;
  }
};

/** Values of each kind, with the edges of every bound. */
const value = fc.oneof(
  { weight: 3, arbitrary: fc.stringMatching(/^[A-Za-z0-9._:/-]{1,40}$/) },
  fc.constantFrom('', 'a\n', 'a b', 'é', '!', 'a'.repeat(128), 'a'.repeat(129), 'a'.repeat(255), 'a'.repeat(256)),
  fc.constantFrom(-1, 0, 1, 1.5, 1000, 1001, Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER + 1),
  fc.constantFrom(null, true, false, [], {}),
);
const position = fc.record({ epoch: value, offset: value }, { requiredKeys: [] });
const params = fc.oneof(
  { weight: 1, arbitrary: value },
  {
    weight: 9,
    arbitrary: fc.record(
      {
        channel: value,
        data: value,
        idempotency_key: value,
        since: fc.oneof(value, position),
        limit: value,
        reverse: value,
        correlation_id: value,
      },
      { requiredKeys: [] },
    ),
  },
);

describe.each<[string, JsonSchema, (params: unknown) => unknown, unknown]>([
  ['publish', publishSchema, publishParams, { channel: 'a', data: null, idempotency_key: 'k' }],
  [
    'history',
    historySchema,
    historyParams,
    { channel: 'a', since: { epoch: 'e', offset: 0 }, limit: 1, reverse: true },
  ],
  ['presence', presenceSchema, presenceParams, { channel: 'a' }],
  ['cancel', cancelSchema, cancelParams, { correlation_id: 'r' }],
])('the schema of the params of %s', (_method, schema, read, valid) => {
  it('allows what the method takes, and nothing else', () => {
    const allows = ajv.compile(schema);
    expect([allows(valid), takes(read, valid)]).toEqual([true, true]);
    fc.assert(
      fc.property(params, (given) => {
        expect(takes(read, given)).toBe(allows(given));
      }),
      { numRuns: 3000 },
    );
  });

  it('names only params that the method reads', () => {
    const unread = new Set(Object.keys(schema.properties ?? {}));
    const reading = new Proxy(valid as object, {
      get: (target, key) => {
        unread.delete(String(key));
        return Reflect.get(target, key);
      },
    });
    read(reading);
    expect([...unread]).toEqual([]);
  });
});
