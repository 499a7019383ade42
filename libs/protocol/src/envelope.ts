import { type Checked, refuse } from './fault.js';
import { readCorrelationId } from './find-correlation-id.js';
import { protocolLimits } from './limits.js';
import { isObject, type JsonObject, type ShapeCheck } from './shape.js';

/** What one side sends. */
export interface Sender {
  readonly name: 'client' | 'server';
  readonly shapes: ReadonlyMap<unknown, ShapeCheck>;
  /** The types that the other side sends. */
  readonly otherTypes: readonly unknown[];
}

/** Checks the envelope and the shape of a message, whatever its encoding. */
export function check(message: JsonObject, from: Sender): Checked {
  const correlationId = readCorrelationId(message.correlation_id);
  const shape = from.shapes.get(message.type);
  const wrong = shape === undefined ? unknownType(message.type, from) : (envelope(message) ?? shape(message));
  return wrong === undefined ? { ok: true, message } : refuse({ message: wrong }, correlationId, message.type);
}

function envelope(message: JsonObject): string | undefined {
  const { correlation_id: correlationId, metadata } = message;
  if (correlationId !== undefined && readCorrelationId(correlationId) === undefined) {
    return `correlation_id must be a string of at most ${protocolLimits.maxCorrelationIdLength} characters.`;
  }
  return metadata === undefined || isObject(metadata) ? undefined : 'metadata must be an object.';
}

function unknownType(type: unknown, { name, shapes, otherTypes }: Sender): string {
  const expected = `expected one of ${[...shapes.keys()].join(', ')}.`;
  if (typeof type !== 'string') return `type must be a string; ${expected}`;
  return otherTypes.includes(type)
    ? `A ${name} does not send messages of this type; ${expected}`
    : `The type is unknown; ${expected}`;
}
