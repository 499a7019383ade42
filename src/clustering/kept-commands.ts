import type { NodeCommand } from '../backplane/index.js';

const OF_THE_MOMENT: ReadonlySet<NodeCommand['kind']> = new Set(['send', 'sendTo', 'sendAll', 'report']);

/** A node that is cut off for longer, or misses more, does not learn what it missed. */
export const COMMANDS_KEPT = { count: 10_000, ms: 10 * 60_000 };
/** Longer than it takes to find that a node is cut off. */
const FOUND_MS = 10_000;

/** Whether a node that was cut off executes the command when it is back. */
export const isKept = ({ kind }: NodeCommand): boolean => !OF_THE_MOMENT.has(kind);

/** Whether commands may have been missed for good by a node that was found to be cut off so long ago. */
export const hasOutlastedCommands = (awayMs: number): boolean => awayMs > COMMANDS_KEPT.ms - FOUND_MS;
