import { PARAM_ARGS_METADATA } from '@nestjs/websockets/constants.js';

/** Nest runs global pipes over every parameter it knows of; a handler that declares none gets the arguments as they are. */
export function RawParameters(): MethodDecorator {
  return (target, method) => Reflect.defineMetadata(PARAM_ARGS_METADATA, {}, target.constructor, method);
}
