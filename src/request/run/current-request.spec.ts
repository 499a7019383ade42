import { describe, expect, it, vi } from 'vitest';
import type { CurrentRequest } from './current-request.js';

const request = { connection: {}, identity: { userId: 'ann' }, metadata: undefined } as CurrentRequest;

/** As in a process in which no application has started yet. */
const fresh = async (): Promise<typeof import('./current-request.js')> => {
  vi.resetModules();
  return import('./current-request.js');
};

describe('currentRequest', () => {
  it('throws an error that names the option where no application has it', async () => {
    const { currentRequest } = await fresh();
    expect(() => currentRequest()).toThrow('SkreaverWsModule.forRoot({ requestContext: true })');
  });

  it('is undefined outside a request where an application has the option', async () => {
    const { currentRequest, keepCurrentRequest } = await fresh();
    keepCurrentRequest();
    expect(currentRequest()).toBeUndefined();
  });

  it('is the request below its work, also after an await, and not beside it', async () => {
    const { currentRequest, keepCurrentRequest, runAsRequest } = await fresh();
    keepCurrentRequest();
    const work = runAsRequest(request, async () => {
      await Promise.resolve();
      return currentRequest();
    });
    expect(currentRequest()).toBeUndefined();
    expect(await work).toBe(request);
  });
});
