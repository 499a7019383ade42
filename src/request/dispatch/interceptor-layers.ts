import type { NestInterceptor } from '@nestjs/common';
import { INTERCEPTORS_METADATA } from '@nestjs/common/constants.js';
import { WS_REQUEST, type WsRequestMark } from './ws-request.decorator.js';

export interface InterceptorLayers {
  /** Those that get a streamed result as one value: the interceptors of the application that are no serializers. */
  readonly outer: readonly NestInterceptor[];
  /** Those that get the chunks of a streamed result one by one. */
  readonly inner: readonly NestInterceptor[];
  /** Those of the inner layer that also get the result at the end of a stream, which is no chunk. */
  readonly serializers: readonly NestInterceptor[];
}

/**
 * Divides the interceptors of a method, in Nest's order: application, class, method. Serializers are always inner, as
 * `ClassSerializerInterceptor` hides fields: a chunk that passed it by would show them.
 */
export function layersOf(
  interceptors: readonly NestInterceptor[],
  { constructor }: object,
  callback: object,
): InterceptorLayers {
  const global = interceptors.slice(0, interceptors.length - listedOn(constructor) - listedOn(callback));
  const own = interceptors.slice(global.length);
  const { interceptChunks = false } = (Reflect.getMetadata(WS_REQUEST, callback) ?? {}) as Partial<WsRequestMark>;
  if (interceptChunks) return { outer: [], inner: interceptors, serializers: global.filter(isSerializer) };
  const serializers = global.filter(isSerializer);
  return { outer: global.filter((each) => !isSerializer(each)), inner: [...serializers, ...own], serializers };
}

function listedOn(target: object): number {
  return ((Reflect.getMetadata(INTERCEPTORS_METADATA, target) ?? []) as readonly unknown[]).length;
}

/** Nest's serializers have this method. */
function isSerializer(interceptor: NestInterceptor): boolean {
  return typeof (interceptor as { serialize?: unknown }).serialize === 'function';
}
