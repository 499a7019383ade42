import type { ApplicationConfig } from '@nestjs/core';
import { publishedSource, readJson } from '@skreaver/protocol';
import { RawJson } from '../../delivery/index.js';
import { isSurrounded } from '../dispatch/surrounding.js';

/**
 * The data to publish: the client's JSON text as it came, unless a global guard or interceptor has changed the params.
 * @param data the `data` of the params that reached the method
 */
export function publishedData(params: unknown, data: unknown, application: ApplicationConfig): unknown {
  const source = publishedSource(params as object);
  if (source === undefined || (isSurrounded(application) && isChanged(source, data))) return data;
  return RawJson.partOf(source);
}

const isChanged = (source: string, data: unknown): boolean => JSON.stringify(readJson(source)) !== JSON.stringify(data);
