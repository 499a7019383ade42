import type { ArgumentMetadata, PipeTransform } from '@nestjs/common';
import type { ExternalContextCreator } from '@nestjs/core';
import { WsParamtype } from '@nestjs/websockets/enums/ws-paramtype.enum.js';
import { withFastPath } from './fast-path.js';

type CreatePipesFn = ExternalContextCreator['createPipesFn'];
type NestParameter = Parameters<CreatePipesFn>[1][number];

interface Parameter {
  readonly index: number;
  readonly read: (...given: readonly unknown[]) => unknown;
  readonly pipes: readonly PipeTransform[];
  readonly metadata: ArgumentMetadata;
}

/**
 * Fills in a method's arguments as Nest's context does, but synchronously if all decorators and pipes are synchronous.
 * Nest awaits each of them, which costs six promises for a parameter.
 */
export const createPipesFn = ((pipes: PipeTransform[], parameters: NestParameter[]) => {
  if (parameters.length === 0) return null;
  const all = parameters.map((parameter) => parameterOf(parameter, pipes));
  return (args: unknown[], ...given: unknown[]): unknown => {
    let pending: Promise<void>[] | undefined;
    for (const parameter of all) {
      const value = piped(parameter.read(...given), parameter);
      if (isPromise(value)) (pending ??= []).push(fill(args, parameter.index, value));
      else args[parameter.index] = value;
    }
    return pending === undefined ? undefined : Promise.all(pending);
  };
}) as CreatePipesFn;

function parameterOf(parameter: NestParameter, around: readonly PipeTransform[]): Parameter {
  const { index, metatype, data, schema } = parameter;
  const type = parameter.type === WsParamtype.PAYLOAD ? 'body' : 'custom';
  return {
    index,
    read: parameter.extractValue as Parameter['read'],
    pipes: [...around, ...parameter.pipes].map(withFastPath),
    metadata: { type, metatype, data, schema } as ArgumentMetadata,
  };
}

function piped(value: unknown, parameter: Parameter, from = 0): unknown {
  const { pipes, metadata } = parameter;
  let result = value;
  for (let at = from; at < pipes.length; at += 1) {
    if (isPromise(result)) return result.then((resolved) => piped(resolved, parameter, at));
    result = (pipes[at] as PipeTransform).transform(result, metadata);
  }
  return result;
}

function fill(args: unknown[], index: number, value: PromiseLike<unknown>): Promise<void> {
  const filled = Promise.resolve(value).then((resolved) => void (args[index] = resolved));
  // If a later parameter throws synchronously, this promise is never awaited; its rejection must not go unhandled.
  filled.catch(() => {});
  return filled;
}

function isPromise(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && typeof (value as { then?: unknown }).then === 'function';
}
