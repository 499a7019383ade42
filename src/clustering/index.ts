/**
 * @module What the backplanes of this repository that connect several processes have in common. Not for applications: it
 * changes with them.
 */

export { COMMANDS_KEPT, hasOutlastedCommands, isKept } from './kept-commands.js';
export { OpenQuestion } from './open-question.js';
export { RecentEvents } from './recent-events.js';
export { SeenHistory } from './seen-history.js';
export { Unconfirmed } from './unconfirmed.js';
