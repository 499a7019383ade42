import type { Provider } from '@nestjs/common';
import { PendingAsks } from './pending-asks.js';
import { PermissionReview } from './permission-review.js';
import { SubscribeAdmission } from './subscribe-admission.js';
import { SubscribeHandler } from './subscribe-handler.js';
import { SubscriptionRevoker } from './subscription-revoker.js';
import { SubscriptionService } from './subscription-service.js';
import { UserCommands } from './user-commands.js';

export const subscriptionProviders: Provider[] = [
  PendingAsks,
  SubscribeAdmission,
  SubscribeHandler,
  SubscriptionRevoker,
  PermissionReview,
  UserCommands,
  SubscriptionService,
];
