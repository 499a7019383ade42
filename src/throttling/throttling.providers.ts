import type { Provider } from '@nestjs/common';
import { Throttler } from './throttler.js';
import { WsThrottlerGuard } from './ws-throttler.guard.js';

export const throttlingProviders: Provider[] = [Throttler, WsThrottlerGuard];
