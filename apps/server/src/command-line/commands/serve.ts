import type { Call } from '../command.js';
import { startOrExplain } from '../../start-or-explain.js';
import { environmentOf } from '../environment.js';

/** Resolves never: the server ends the process by itself. */
export async function run({ values: { port, host, settings: file } }: Call<'serve'>): Promise<void> {
  await startOrExplain({
    ...environmentOf(file),
    ...(port !== undefined && { SKREAVER_WS_PORT: port }),
    ...(host !== undefined && { SKREAVER_WS_HOST: host }),
  });
  await new Promise(() => {});
}
