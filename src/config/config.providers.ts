import type { Provider } from '@nestjs/common';
import { resolveConfig } from './resolve-config.js';
import { SKREAVER_WS_CONFIG, SkreaverWsConfig } from './skreaver-ws-config.js';

/**
 * The configuration that the rooms inject. It is resolved from what {@link SKREAVER_WS_CONFIG} gives, since tests of an
 * application override that one with plain values.
 */
export const configProviders: Provider[] = [
  {
    provide: SkreaverWsConfig,
    useFactory: (given: SkreaverWsConfig) => resolveConfig(given),
    inject: [SKREAVER_WS_CONFIG],
  },
];
