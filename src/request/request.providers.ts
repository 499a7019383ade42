import type { Provider } from '@nestjs/common';
import { MetadataScanner } from '@nestjs/core';
import { BuiltInRequests } from './built-in/built-in-requests.js';
import { LargeResponses } from './built-in/large-responses.js';
import { PresenceRequests } from './built-in/presence-requests.js';
import { StatsRequests } from './built-in/stats-requests.js';
import { RequestMethods } from './description/request-methods.js';
import { RequestDispatcher } from './dispatch/request-dispatcher.js';
import { MethodTable } from './dispatch/method-table.js';
import { ScopedEnhancers } from './dispatch/scoped-enhancers.js';
import { ErrorMapper } from './run/error-mapper.js';
import { RunningRequests } from './run/running-requests.js';

export const requestProviders: Provider[] = [
  MetadataScanner,
  ScopedEnhancers,
  MethodTable,
  RequestMethods,
  RunningRequests,
  RequestDispatcher,
  LargeResponses,
  BuiltInRequests,
  PresenceRequests,
  StatsRequests,
  ErrorMapper,
];
