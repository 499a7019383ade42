import type { ServerMessageType } from './messages.js';
import {
  isAbsentOr,
  isCount,
  isFiniteNumber,
  isObject,
  isPosition,
  isString,
  pingPong,
  type JsonObject,
  type ShapeCheck,
} from './shape.js';

const isErrorBody = (value: unknown): boolean =>
  isObject(value) && isString(value.code) && isString(value.message) && isAbsentOr(value.details, isObject);

const isStrings = (value: unknown): boolean => Array.isArray(value) && value.every(isString);

const isFailures = (value: unknown): boolean =>
  Array.isArray(value) &&
  value.every(
    (failure) => isObject(failure) && isString(failure.channel) && isString(failure.code) && isString(failure.message),
  );

const isPositions = (value: unknown): boolean =>
  isObject(value) &&
  Object.values(value).every(
    (position) => isObject(position) && isPosition(position) && typeof position.recovered === 'boolean',
  );

function authResponse({ data }: JsonObject): string | undefined {
  const fits =
    isObject(data) &&
    (data.success === true
      ? isString(data.user_id) &&
        isString(data.connection_id) &&
        isAbsentOr(data.expires_at, isFiniteNumber) &&
        isAbsentOr(data.expires_in, isCount) &&
        isAbsentOr(data.ping_interval, isCount) &&
        isAbsentOr(data.reconnect_window_ms, isCount) &&
        isAbsentOr(data.message_rate, isCount) &&
        isAbsentOr(data.message_burst, isCount) &&
        isAbsentOr(data.max_requests, isCount)
      : data.success === false && isErrorBody(data.error));
  return fits ? undefined : 'data must be {success:true, user_id, connection_id} or {success:false, error}.';
}

function subscribeResponse({ data }: JsonObject): string | undefined {
  const fits =
    isObject(data) &&
    typeof data.success === 'boolean' &&
    isStrings(data.subscribed) &&
    isAbsentOr(data.failed, isFailures) &&
    isAbsentOr(data.positions, isPositions);
  return fits ? undefined : 'data must be {success, subscribed} with optional failed and positions.';
}

function unsubscribeResponse({ data }: JsonObject): string | undefined {
  const fits =
    isObject(data) &&
    typeof data.success === 'boolean' &&
    isStrings(data.unsubscribed) &&
    isAbsentOr(data.failed, isFailures) &&
    isAbsentOr(data.reason, isString);
  return fits ? undefined : 'data must be {success, unsubscribed} with optional failed and reason.';
}

function response({ data }: JsonObject): string | undefined {
  return isObject(data) && isOutcome(data)
    ? undefined
    : 'data.status must be success, error (with error), pending (with sequence) or cancelled.';
}

function isOutcome(data: JsonObject): boolean {
  switch (data.status) {
    case 'success':
    case 'cancelled':
      return true;
    case 'error':
      return isErrorBody(data.error);
    case 'pending':
      return isCount(data.sequence);
    default:
      return false;
  }
}

function event(message: JsonObject): string | undefined {
  const { metadata } = message;
  if (!Object.hasOwn(message, 'data')) return 'An event must have data.';
  const fits =
    isObject(metadata) &&
    isAbsentOr(metadata.channel, isString) &&
    isAbsentOr(metadata.mirrored_from, isString) &&
    isFiniteNumber(metadata.timestamp) &&
    isAbsentOr(metadata.epoch, isString) &&
    isAbsentOr(metadata.offset, isCount) &&
    isAbsentOr(metadata.kind, isString) &&
    isAbsentOr(metadata.from, isSender) &&
    isAbsentOr(metadata.app, isObject) &&
    isAbsentOr(metadata.gap, isGap);
  return fits ? undefined : 'The metadata of an event must have its timestamp, and its channel if it has one.';
}

const isSender = (value: unknown): boolean => isObject(value) && isString(value.user_id);

const isGap = (value: unknown): boolean =>
  value === true || (isObject(value) && isCount(value.from) && isCount(value.to));

function error({ data }: JsonObject): string | undefined {
  return isErrorBody(data) ? undefined : 'data must be {code, message} with optional details.';
}

const shapes: Readonly<Record<ServerMessageType, ShapeCheck>> = {
  auth_response: authResponse,
  subscribe_response: subscribeResponse,
  unsubscribe_response: unsubscribeResponse,
  response,
  event,
  ping: pingPong,
  pong: pingPong,
  error,
};

export const serverShapes: ReadonlyMap<unknown, ShapeCheck> = new Map(Object.entries(shapes));
