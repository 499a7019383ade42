import type { Server } from 'node:http';
import type { Server as HttpsServer } from 'node:https';
import { Injectable } from '@nestjs/common';
import { ApplicationConfig } from '@nestjs/core';
import { SkreaverWsAdapter } from './skreaver-ws.adapter.js';

/**
 * The HTTP servers whose upgrades the module serves. That of the application is one by itself; those that the
 * application creates on its own are attached.
 * @example
 * ```ts
 * import { createServer } from 'node:http';
 * import type { INestApplication } from '@nestjs/common';
 * import { SkreaverWsServers } from '@skreaver/nestjs-ws';
 *
 * export async function listenTwice(app: INestApplication): Promise<void> {
 *   await app.init();
 *   for (const port of [8080, 8081]) {
 *     const server = createServer(app.getHttpAdapter().getInstance());
 *     app.get(SkreaverWsServers).attach(server);
 *     server.listen(port);
 *   }
 * }
 * ```
 */
@Injectable()
export class SkreaverWsServers {
  constructor(private readonly application: ApplicationConfig) {}

  /**
   * Serves WebSockets on a further HTTP or HTTPS server, with the same limits. `app.close()` drains its connections
   * and closes the server. Attaching it again changes nothing.
   * @throws Error before `app.init()` and after `app.close()`
   */
  attach(server: Server | HttpsServer): void {
    (this.application.getIoAdapter() as SkreaverWsAdapter).attach(server);
  }
}
