import { channels } from './channels.js';
import { connections } from './connections.js';
import { hooks } from './hooks.js';
import { operation } from './operation.js';
import { permissions } from './permissions.js';
import { publishing } from './publishing.js';
import { requests } from './requests.js';
import { testing } from './testing.js';
import { tokens } from './tokens.js';
import type { Wanted } from './wanted.js';

/** The rows of the guide's table, in its order. */
export const wanted: readonly Wanted[] = [
  ...hooks,
  ...connections,
  ...tokens,
  ...permissions,
  ...publishing,
  ...channels,
  ...requests,
  ...operation,
  ...testing,
];
