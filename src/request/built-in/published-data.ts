import type { ApplicationConfig } from '@nestjs/core';
import { publishedSource, readJson } from '@skreaver/protocol';
import { RawJson, copyOf } from '../../delivery/index.js';
import { isSurrounded } from '../dispatch/surrounding.js';

/**
 * What a client publishes: exactly as it wrote it, unless a guard or an interceptor of the application has changed it.
 * @param data the same in the params as they came to the method
 */
export function publishedData(params: unknown, data: unknown, application: ApplicationConfig): unknown {
  const source = publishedSource(params as object);
  if (source === undefined || (isSurrounded(application) && isChanged(source, data))) return data;
  return RawJson.checked(copyOf(source));
}

const isChanged = (source: string, data: unknown): boolean => JSON.stringify(readJson(source)) !== JSON.stringify(data);
