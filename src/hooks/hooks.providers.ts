import type { Provider } from '@nestjs/common';
import { ConnectionHooks } from './connection-hooks.js';
import { HookMethods } from './hook-methods.js';

export const hookProviders: Provider[] = [HookMethods, ConnectionHooks];
