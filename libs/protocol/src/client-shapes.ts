import { protocolLimits } from './limits.js';
import type { ClientMessageType } from './messages.js';
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

const maxMethodLength = 255;

function auth({ data }: JsonObject): string | undefined {
  return isObject(data) && isString(data.token) ? undefined : 'data.token must be a string.';
}

function subscribe({ data }: JsonObject): string | undefined {
  const channels = channelsOf(data);
  if (channels === undefined)
    return `data.channels must be an array of 1 to ${protocolLimits.maxChannelsPerMessage} channels.`;
  for (const channel of channels) {
    if (typeof channel === 'string') continue;
    const wrong = channelRequest(channel);
    if (wrong !== undefined) return wrong;
  }
  return undefined;
}

function channelRequest(entry: unknown): string | undefined {
  if (!isObject(entry) || !isString(entry.channel)) {
    return 'data.channels must hold channel names, or objects whose channel is a name.';
  }
  if (!isAbsentOr(entry.since, isSince)) {
    return 'since in data.channels must be {epoch, offset} (a string and a whole number from 0), or "acked".';
  }
  if (!isAbsentOr(entry.join_leave, (value) => typeof value === 'boolean')) {
    return 'join_leave in data.channels must be true or false.';
  }
  return undefined;
}

const isSince = (value: unknown): boolean => value === 'acked' || isPosition(value);

function unsubscribe({ data }: JsonObject): string | undefined {
  const channels = channelsOf(data);
  if (channels === undefined)
    return `data.channels must be an array of 1 to ${protocolLimits.maxChannelsPerMessage} channels.`;
  return channels.every(isString) ? undefined : 'data.channels must hold channel names only.';
}

function channelsOf(data: unknown): readonly unknown[] | undefined {
  if (!isObject(data) || !Array.isArray(data.channels)) return undefined;
  const { length } = data.channels;
  return length > 0 && length <= protocolLimits.maxChannelsPerMessage ? data.channels : undefined;
}

function request({ data }: JsonObject): string | undefined {
  if (!isObject(data)) return 'data must be an object with a method.';
  const { method, timeout } = data;
  if (!isString(method) || method === '' || method.length > maxMethodLength) {
    return `data.method must be a string of 1 to ${maxMethodLength} characters.`;
  }
  return isAbsentOr(timeout, isDuration) ? undefined : 'data.timeout must be a positive number of milliseconds.';
}

const isDuration = (value: unknown): boolean => isFiniteNumber(value) && value > 0;

function ack({ data, correlation_id: correlationId }: JsonObject): string | undefined {
  if (correlationId !== undefined || (isObject(data) && isString(data.channel) && isCount(data.offset))) {
    return undefined;
  }
  return 'An ack needs the correlation_id of its event, or data {channel, offset}.';
}

const shapes: Readonly<Record<ClientMessageType, ShapeCheck>> = {
  auth,
  subscribe,
  unsubscribe,
  request,
  ack,
  ping: pingPong,
  pong: pingPong,
};

export const clientShapes: ReadonlyMap<unknown, ShapeCheck> = new Map(Object.entries(shapes));
