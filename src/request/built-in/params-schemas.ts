import { protocolLimits } from '@skreaver/protocol';
import type { JsonSchema } from '../validation/json-schema.js';

/** The largest `limit` of `history`. */
export const MAX_HISTORY_LIMIT = 1000;

const channel: JsonSchema = {
  type: 'string',
  pattern: '^[A-Za-z0-9._:/-]+$',
  maxLength: protocolLimits.maxChannelNameLength,
};

const position: JsonSchema = {
  type: 'object',
  properties: {
    epoch: { type: 'string' },
    offset: { type: 'integer', minimum: 0, maximum: Number.MAX_SAFE_INTEGER },
  },
  required: ['epoch', 'offset'],
};

/** What `publishParams` takes. An `idempotency_key` is measured in UTF-16 code units there, in characters here. */
export const publishSchema: JsonSchema = {
  type: 'object',
  properties: {
    channel,
    data: {},
    idempotency_key: { type: 'string', minLength: 1, maxLength: protocolLimits.maxIdempotencyKeyLength },
  },
  required: ['channel', 'data'],
};

/** What `historyParams` takes. */
export const historySchema: JsonSchema = {
  type: 'object',
  properties: {
    channel,
    since: position,
    limit: { type: 'integer', minimum: 1, maximum: MAX_HISTORY_LIMIT },
    reverse: { type: 'boolean' },
  },
  required: ['channel'],
};

/** What `presenceParams` takes. */
export const presenceSchema: JsonSchema = { type: 'object', properties: { channel }, required: ['channel'] };

/** What `cancelParams` takes. */
export const cancelSchema: JsonSchema = {
  type: 'object',
  properties: { correlation_id: { type: 'string' } },
  required: ['correlation_id'],
};
