import type { ApplicationConfig } from '@nestjs/core';

/** Whether the application has guards or interceptors for everything, which stand around our methods too. */
export function isSurrounded(application: ApplicationConfig): boolean {
  return [
    application.getGlobalGuards(),
    application.getGlobalRequestGuards(),
    application.getGlobalInterceptors(),
    application.getGlobalRequestInterceptors(),
  ].some((enhancers) => enhancers.length > 0);
}
