import { ACKNOWLEDGE, ACKNOWLEDGED, CLEAR, POSITIONS, TOP } from './history.js';
import { CLAIM, RELEASE } from './addresses.js';
import { BEAT, BURY, COMMAND, IS_DEAD, READ_LAYOUT, REPLACE_LAYOUT } from './nodes.js';
import { DUE, MEMBERS_OF, PRESENT, REAP, SWEEP } from './presence.js';
import { PUBLISH } from './publish.js';
import type { Script } from './script.js';

/** All that a link loads before it is used. */
export const scripts: readonly Script[] = [
  PUBLISH,
  TOP,
  POSITIONS,
  CLEAR,
  ACKNOWLEDGE,
  ACKNOWLEDGED,
  PRESENT,
  SWEEP,
  DUE,
  REAP,
  MEMBERS_OF,
  READ_LAYOUT,
  REPLACE_LAYOUT,
  BEAT,
  IS_DEAD,
  BURY,
  COMMAND,
  CLAIM,
  RELEASE,
];
