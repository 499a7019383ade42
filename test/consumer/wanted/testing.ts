import { CloseCode } from '@skreaver/protocol';
import { expect } from 'vitest';
import type { Wanted } from './wanted.js';

export const testing: readonly Wanted[] = [
  {
    thing: 'tests: `connect` as a user, with `TestAuthHandler`',
    check: async (app) => {
      const tested = await app.another('--test-auth');
      expect(await tested.testing('as')).toEqual({ user: 'ann', refused: ['PERMISSION_DENIED'] });
    },
  },
  {
    thing: 'tests: `next`',
    check: async (app) => {
      expect(await app.testing('next')).toEqual({ text: 'taken' });
    },
  },
  {
    thing: 'tests: `expectNothing`',
    check: async (app) => {
      expect(await app.testing('expectNothing')).toEqual({
        before: 'nothing',
        after: expect.stringMatching(/^Expected no message, but got .*"something"/),
      });
    },
  },
  {
    thing: 'tests: `request`',
    check: async (app) => {
      expect(await app.testing('request')).toEqual({ result: 'scout', code: 'INVALID_PARAMS' });
    },
  },
  {
    thing: 'tests: `stream`',
    check: async (app) => {
      expect(await app.testing('stream')).toEqual({
        values: [
          { done: false, value: 'one' },
          { done: false, value: 'two' },
          { done: true, value: { words: 2 } },
        ],
        cancelled: 'forever',
      });
    },
  },
  {
    thing: 'tests: `answer`',
    check: async (app) => {
      expect(await app.testing('answer')).toEqual({ approved: true });
    },
  },
  {
    thing: 'tests: `stall` and `resume`',
    check: async (app) => {
      expect(await app.testing('stall')).toEqual({ meanwhile: 0, afterwards: 1 });
    },
  },
  {
    thing: 'tests: `cut` and `positionOf`',
    check: async (app) => {
      expect(await app.testing('cut')).toEqual({ closed: 1006, recovered: true, data: 'missed' });
    },
  },
  {
    thing: 'tests: `forgetHistory`',
    check: async (app) => {
      expect(await app.testing('forgetHistory')).toBe(false);
    },
  },
  {
    thing: 'tests: `drain`',
    check: async (app) => {
      expect(await (await app.another()).testing('drain')).toEqual({
        closed: { code: CloseCode.ServiceRestart, reason: expect.stringContaining('retry_after_ms') },
        refused: expect.stringContaining('503'),
      });
    },
  },
];
