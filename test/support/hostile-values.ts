import { HttpException } from '@nestjs/common';
import { WsError, WsErrorCode } from '@skreaver/nestjs-ws';
import { throwError } from 'rxjs';

/** Stands in every hostile error: it must show in no frame. */
export const INSIDE = 'INSIDE-b7f3';

const throws = (): never => {
  throw new Error(INSIDE);
};

function errorWith(key: string): Error {
  return Object.defineProperty(new Error(INSIDE), key, { get: throws });
}

function cycle(): object {
  const self: { self?: object } = {};
  self.self = self;
  return self;
}

function nested(depth: number): unknown {
  let value: unknown = 0;
  for (let level = 0; level < depth; level += 1) value = [value];
  return value;
}

function revoked(): object {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  return proxy;
}

const hostileHandler: ProxyHandler<object> = { get: throws, has: throws, getPrototypeOf: throws, ownKeys: throws };

/** What application code may throw, by what it is; each made anew. */
export const thrown: Readonly<Record<string, () => unknown>> = {
  'an Error': () => new Error(INSIDE),
  'a TypeError with a cause': () => new TypeError(INSIDE, { cause: new Error(INSIDE) }),
  'an AggregateError': () => new AggregateError([new Error(INSIDE)], INSIDE),
  'a string': () => INSIDE,
  null: () => null,
  undefined: () => undefined,
  'a number': () => 42,
  'a BigInt': () => 42n,
  'a symbol': () => Symbol(INSIDE),
  'an object': () => ({ inside: INSIDE }),
  'an object without prototype': () => Object.assign(Object.create(null) as object, { inside: INSIDE }),
  'an object whose toString throws': () => ({ toString: throws }),
  'an Error whose message throws': () => errorWith('message'),
  'an Error whose stack throws': () => errorWith('stack'),
  'an Error whose name throws': () => errorWith('name'),
  'a frozen Error': () => Object.freeze(new Error(INSIDE)),
  'a revoked proxy': revoked,
  'a proxy that throws': () => new Proxy({}, hostileHandler),
  'an HttpException of 500': () => new HttpException(INSIDE, 500),
  'a WsError whose details are no JSON': () => new WsError(WsErrorCode.PermissionDenied, 'No.', { big: 1n }),
  'a WsError whose details are too large': () =>
    new WsError(WsErrorCode.PermissionDenied, 'No.', { big: 'x'.repeat(2_000_000) }),
};

/** What a method may return that cannot be sent. */
export const returned: Readonly<Record<string, () => unknown>> = {
  'a BigInt': () => 42n,
  'a cycle': cycle,
  'a toJSON that throws': () => ({ toJSON: throws }),
  'a getter that throws': () => Object.defineProperty({}, 'x', { enumerable: true, get: throws }),
  'an Observable that errs': () => throwError(() => new Error(INSIDE)),
  'a thenable that throws': () => ({ then: throws }),
  'a result that is too deep for JSON': () => nested(100_000),
  'a revoked proxy': revoked,
  'a proxy that throws': () => new Proxy({}, hostileHandler),
};
