import type { ExecutionContext } from '@nestjs/common';
import { RunningRequest } from '../run/running-request.js';
import { RUNNING_REQUEST } from './request-contexts.js';

/** @throws TypeError on a method without `@WsRequest` */
export function runningRequestOf(context: ExecutionContext, decorator: string): RunningRequest {
  const running: unknown = context.getArgByIndex(RUNNING_REQUEST);
  if (running instanceof RunningRequest) return running;
  throw new TypeError(`@${decorator}() stands on a method without @WsRequest().`);
}
