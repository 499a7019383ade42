import { Injectable } from '@nestjs/common';
import { Permissions } from '../auth/index.js';
import type { EngineState } from '../backplane/index.js';
import { ConnectionTable } from '../connection/index.js';
import type { RestoreObserver } from '../delivery/index.js';
import { ThrottledLog } from '../metrics/index.js';
import { PermissionReview } from './permission-review.js';

/** Bounds the permissions that are asked for side by side. */
const CONNECTIONS_AT_A_TIME = 100;

/**
 * After this node has missed commands for good, revokes may be among them: has the `AuthHandler` decide again on every
 * subscription here, those to default channels too.
 */
@Injectable()
export class MissedCommands implements RestoreObserver {
  constructor(
    private readonly connections: ConnectionTable,
    private readonly permissions: Permissions,
    private readonly reviews: PermissionReview,
    private readonly log: ThrottledLog,
  ) {}

  onRestored({ commands }: EngineState): void {
    if (commands === 'lost') void this.reviewAll();
  }

  private async reviewAll(): Promise<void> {
    const connections = this.connections.list();
    this.log.event('commands were missed: subscriptions are reviewed', { connections: connections.length }, 'warn');
    for (const connection of connections) this.permissions.withdraw(connection);
    for (let at = 0; at < connections.length; at += CONNECTIONS_AT_A_TIME) {
      const portion = connections.slice(at, at + CONNECTIONS_AT_A_TIME);
      await Promise.all(portion.map((connection) => this.reviews.review(connection)));
    }
  }
}
