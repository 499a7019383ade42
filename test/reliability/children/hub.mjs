/** A hub in a process of its own, on what is built. */
import { startHub } from '../../../libs/workers/dist/index.js';

await startHub({ path: process.argv[2] });
process.stdout.write('listening\n');
