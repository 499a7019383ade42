import type { Provider } from '@nestjs/common';
import { Asker } from './asker.js';
import { ConnectionCommands } from './connection-commands.js';
import { DefaultSubscriptions } from './default-subscriptions.js';
import { MissedCommands } from './missed-commands.js';
import { PendingAsks } from './pending-asks.js';
import { PermissionReview } from './permission-review.js';
import { SubscribeAdmission } from './subscribe-admission.js';
import { SubscribeHandler } from './subscribe-handler.js';
import { SubscriptionRevoker } from './subscription-revoker.js';
import { SubscriptionService } from './subscription-service.js';
import { UserCommands } from './user-commands.js';

export const subscriptionProviders: Provider[] = [
  PendingAsks,
  Asker,
  SubscribeAdmission,
  SubscribeHandler,
  SubscriptionRevoker,
  PermissionReview,
  MissedCommands,
  DefaultSubscriptions,
  UserCommands,
  ConnectionCommands,
  SubscriptionService,
];
