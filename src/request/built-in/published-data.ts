import type { ApplicationConfig } from '@nestjs/core';
import { jsonOf, publishedSource, readJson } from '@skreaver/protocol';
import { RawJson } from '../../delivery/index.js';
import { isSurrounded } from '../dispatch/surrounding.js';

/**
 * The data to publish: the client's text or bytes as they came, unless a global guard or interceptor has changed the params.
 * @param data the `data` of the params that reached the method
 */
export function publishedData(params: unknown, data: unknown, application: ApplicationConfig): unknown {
  const source = publishedSource(params as object);
  if (source === undefined || (isSurrounded(application) && isChanged(source.json, data))) return data;
  const { json, msgpack } = source;
  return RawJson.partOf(json, msgpack && (() => msgpack));
}

const isChanged = (source: string, data: unknown): boolean => JSON.stringify(readJson(source)) !== jsonOf(data);
