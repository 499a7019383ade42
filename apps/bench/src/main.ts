import { casesAt } from './cases/all-cases.js';
import { fullScale, quickScale } from './cases/scale.js';
import { readOptions, usage, UsageError } from './options.js';
import { runSuite } from './suite/run-suite.js';

const knownCases = casesAt(fullScale).map(({ id }) => id);
try {
  const options = readOptions(process.argv.slice(2), knownCases);
  const { hasFault } = await runSuite(casesAt(options.quick ? quickScale : fullScale), options);
  process.exitCode = hasFault ? 1 : 0;
} catch (error) {
  if (!(error instanceof UsageError)) throw error;
  process.stderr.write(`${error.message}\n\n${usage}\n`);
  process.exitCode = 2;
}
