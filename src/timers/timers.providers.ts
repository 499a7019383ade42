import type { Provider } from '@nestjs/common';
import { TimerWheel } from './timer-wheel.js';

export const timerProviders: Provider[] = [{ provide: TimerWheel, useFactory: () => new TimerWheel() }];
