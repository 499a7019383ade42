import type { EventMetadata, Position } from '@skreaver/protocol';
import type { FindingKind } from './subscriber-view.js';

/** What the answer to a subscribe says of a channel. */
export type Answer = Position & { readonly recovered: boolean };

export interface Event {
  /** Who published it, and its number there: `name#0`, `name#1` … */
  readonly id: string;
  readonly channel: string;
  readonly position: Position;
  readonly timestamp: number;
  readonly gap?: EventMetadata['gap'];
}

/** Where subscribers tell what they are told. */
export interface SubscriberBook {
  answered(user: string, channel: string, since: Position | undefined, answer: Answer): void;
  /** The server said, unasked, that it has lost the position. */
  told(user: string, channel: string, position: Position): void;
  delivered(user: string, event: Event): void;
  left(user: string, channel: string): void;
  positionOf(user: string, channel: string): Position | undefined;
  /** Whether the user has got everything that was published. */
  isLevel(user: string, channel: string): boolean;
  find(kind: FindingKind, detail: string): void;
}
