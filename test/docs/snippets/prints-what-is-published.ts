import { type Mock, expect, vi } from 'vitest';
import type { TestApp } from '../../support/test-app.js';

/** Waits for a client to subscribe to `agent-updates`, and for what it prints of an event there: the channel and the data. */
export async function printsWhatIsPublished(app: TestApp, log: Mock<(...args: unknown[]) => void>): Promise<void> {
  await vi.waitUntil(() => app.subscriptions.channels().length > 0, { timeout: 20_000 });
  const status = { agent_id: 'agent-123', status: 'running' };
  await app.subscriptions.broadcast('agent-updates', status);
  await vi.waitUntil(() => log.mock.calls.length > 0, { timeout: 20_000 });
  expect(log.mock.calls).toEqual([['agent-updates', status]]);
}
