import type { Provider } from '@nestjs/common';
import { Authenticator } from './authenticator.js';
import { VisibleAuthHandler, BoundAuthHandler } from './bound-auth-handler.js';
import { Permissions } from './permissions.js';
import { SessionDeadlines } from './session-deadlines.js';
import { WsAuthGuard } from './ws-auth.guard.js';

export const authProviders: Provider[] = [
  VisibleAuthHandler,
  BoundAuthHandler,
  Authenticator,
  Permissions,
  SessionDeadlines,
  WsAuthGuard,
];
