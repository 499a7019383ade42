import type { ApplicationConfig } from '@nestjs/core';

/** True if the application has global guards or interceptors. They wrap our methods too. */
export function isSurrounded(application: ApplicationConfig): boolean {
  return [
    application.getGlobalGuards(),
    application.getGlobalRequestGuards(),
    application.getGlobalInterceptors(),
    application.getGlobalRequestInterceptors(),
  ].some((enhancers) => enhancers.length > 0);
}
