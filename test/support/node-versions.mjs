import { installCached } from './cached-packages.mjs';

/** Another version of Node, of 90 MB. */
export const installNode = (major) => installCached(`nodes/${major}`, [`node@${major}`], ['node/bin/node']);
