import { startOrExplain } from './start-or-explain.js';

await startOrExplain(process.env);
