import type { INestApplication } from '@nestjs/common';
import { Backplane, MemoryBackplane } from '../backplane/index.js';
import { ChannelOptionsResolver } from '../channel/index.js';
import { ShutdownService } from '../gateway/index.js';

/**
 * Drains the server as a shutdown does, without closing the application: its clients are closed with 1012, and new
 * connections get 503. Resolves when all clients are gone.
 * @example
 * ```ts
 * import type { INestApplication } from '@nestjs/common';
 * import { connect, drain } from '@skreaver/nestjs-ws/testing';
 *
 * export async function closeCodeOfARestart(app: INestApplication): Promise<number> {
 *   const client = await connect(app, { as: 'bob' });
 *   await drain(app);
 *   return (await client.closed).code;
 * }
 * ```
 */
export async function drain(app: INestApplication): Promise<void> {
  await app.get(ShutdownService, { strict: false }).beforeApplicationShutdown();
}

/**
 * Loses the history of a channel and its position, as a crash would (PROTOCOL §6). A client that comes back is told
 * `recovered: false` whatever its position, also if it missed nothing. Subscribers of this moment are told so at the next
 * event. To remove events alone, take `SubscriptionService.clearHistory`.
 * @throws WsError `INVALID_PARAMS` when the channel keeps no history; Error with a `backplane` of your own
 * @example
 * ```ts
 * import type { INestApplication } from '@nestjs/common';
 * import { type TestClient, connect, forgetHistory } from '@skreaver/nestjs-ws/testing';
 *
 * export async function comesBackTooLate(app: INestApplication, before: TestClient): Promise<TestClient> {
 *   await before.cut();
 *   await forgetHistory(app, 'room:1');
 *   const after = await connect(app, { as: 'bob' });
 *   const since = before.positionOf('room:1');
 *   await after.subscribe({ channel: 'room:1', ...(since && { since }) });
 *   return after;
 * }
 * ```
 */
export async function forgetHistory(app: INestApplication, channel: string): Promise<void> {
  app.get(ChannelOptionsResolver, { strict: false }).assertEnabled('history', channel, 'application');
  const backplane = app.get(Backplane, { strict: false });
  if (backplane instanceof MemoryBackplane) return backplane.loseHistory(channel);
  throw new Error('forgetHistory needs the MemoryBackplane: a backplane of your own loses a history in its own way.');
}
