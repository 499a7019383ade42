import { expect } from 'vitest';
import type { TestClient } from '../../support/test-client.js';
import type { WantedApp } from './wanted-app.js';

/** A rule of Nest's company for `@WsRequest` methods, and a check of it in a running application. */
interface Rule {
  readonly rule: string;
  readonly check: (app: WantedApp) => Promise<void>;
}

/** The data of all responses to a request, from the first chunk to the terminal one. */
async function responsesTo(client: TestClient, method: string, params?: unknown): Promise<readonly unknown[]> {
  client.send({ type: 'request', data: { method, params } });
  for (const responses: unknown[] = []; ;) {
    const { data } = await client.next('response');
    responses.push(data);
    if (data.status !== 'pending') return responses;
  }
}

const answers = (method: string, params: unknown, expected: readonly unknown[], user = 'ann'): Rule['check'] => {
  return async (app) => {
    expect(await responsesTo(await app.connect(user), method, params)).toMatchObject(expected);
  };
};

const success = (result: unknown): object => ({ status: 'success', result });
const pending = (result: unknown): object => ({ status: 'pending', result });
const error = (code: string, more: object = {}): object => ({ status: 'error', error: { code, ...more } });
const INVALID = 'INVALID_PARAMS';

export const enhancerRules: readonly Rule[] = [
  {
    rule: 'a filter that throws a WsError answers with it',
    check: answers('filter-throws', {}, [error(INVALID, { message: 'Caught: spilt' })]),
  },
  {
    rule: 'a filter that returns a value answers with success',
    check: answers('filter-returns', {}, [success('spilt of filter-returns')]),
  },
  {
    rule: 'a filter that returns an Observable answers with its first value',
    check: answers('filter-observes', {}, [success('first')]),
  },
  {
    rule: 'a filter made for HTTP leaves the exception to its mapping',
    check: answers('filter-for-http', {}, [{ status: 'error', error: { message: 'No such tea' } }]),
  },
  {
    rule: 'a filter sees the exception of a guard',
    check: answers('filter-of-guard', {}, [error(INVALID, { message: 'Caught: Members only' })]),
  },
  {
    rule: 'a filter answers for a stream after its chunks',
    check: answers('filter-of-stream', {}, [pending(1), error(INVALID, { message: 'Caught: spilt' })]),
  },
  {
    rule: 'a guard that throws refuses with its message',
    check: answers('refused', {}, [error('PERMISSION_DENIED', { message: 'Members only' })]),
  },
  {
    rule: 'a request-scoped guard gets the connection, and may answer later',
    check: async (app) => {
      await answers('members', {}, [success({ data: 'welcome' })], 'member')(app);
      await answers('members', {}, [error('PERMISSION_DENIED')], 'stranger')(app);
    },
  },
  {
    rule: 'a pipe of a parameter transforms or refuses it',
    check: async (app) => {
      await answers('number', { count: '7' }, [success({ data: 8 })])(app);
      await answers('number', { count: 'x' }, [error(INVALID)])(app);
    },
  },
  {
    rule: 'a pipe may answer later',
    check: answers('later', { text: 'tea' }, [success({ data: 'later tea' })]),
  },
  {
    rule: 'an interceptor of the method gets the value of a Promise',
    check: answers('promise', {}, [success({ data: 'tag 1' })]),
  },
  {
    rule: 'an interceptor of the method gets each value of an Observable',
    check: answers('observable', {}, [pending('tag 1'), pending('tag 2'), success({ data: null })]),
  },
  {
    rule: 'an interceptor of the method gets each chunk of an async generator, and not its result',
    check: answers('generator', {}, [pending('tag 1'), pending('tag 2'), success({ data: 'end' })]),
  },
  {
    rule: 'an interceptor of the application gets the chunks with interceptChunks, and not the result',
    check: answers('chunks', {}, [pending({ data: 1 }), pending({ data: 2 }), success('end')]),
  },
  {
    rule: 'a request-scoped interceptor is made for each request',
    check: async (app) => {
      const client = await app.connect('ann');
      for (const _ of [1, 2]) {
        expect(await responsesTo(client, 'counted')).toEqual([success({ data: 'calls 1' })]);
      }
    },
  },
  {
    rule: 'a provider is request-scoped by what it depends on',
    check: async (app) => {
      const client = await app.connect('ann');
      for (const _ of [1, 2]) {
        expect(await responsesTo(client, 'cart')).toEqual([success({ data: 'ann has 1' })]);
      }
    },
  },
  {
    rule: 'a durable provider is made once for each tenant',
    check: async (app) => {
      await answers('tenant', {}, [success({ data: 'acme 1' })], 'acme-ann')(app);
      await answers('tenant', {}, [success({ data: 'acme 2' })], 'acme-bob')(app);
      await answers('tenant', {}, [success({ data: 'other 1' })], 'other-carol')(app);
    },
  },
];
