import type { WantedApp } from './wanted-app.js';

/** What a team wants of the module, and a check of it in a running application. */
export interface Wanted {
  readonly thing: string;
  readonly check: (app: WantedApp) => Promise<void>;
}
