import type { BackplaneSource } from '@skreaver/nestjs-ws';
import { type HubBackplaneOptions, resolveOptions } from './hub-backplane.options.js';
import { HubBackplane } from './hub-backplane.js';

/**
 * The option `backplane` of `SkreaverWsModule` for a server of several processes on one machine.
 * @throws Error with a sentence for an operator, when an option is wrong
 * @example
 * ```ts
 * import { SkreaverWsModule } from '@skreaver/nestjs-ws';
 * import { hubBackplane } from '@skreaver/workers';
 *
 * SkreaverWsModule.forRoot({ backplane: hubBackplane({ path: '/run/my-server/hub.sock' }) });
 * ```
 */
export function hubBackplane(options: HubBackplaneOptions): BackplaneSource {
  resolveOptions(options);
  return { useFactory: () => new HubBackplane(options) };
}
