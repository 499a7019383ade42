import { fileURLToPath } from 'node:url';
import { casesAt } from './cases/all-cases.js';
import { fullScale, quickScale } from './cases/scale.js';
import { readOptions, usage, UsageError } from './options.js';
import { writeDocs } from './report/write-docs.js';
import { machineLine } from './suite/machine.js';
import { runSuite } from './suite/run-suite.js';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const knownCases = casesAt(fullScale).map(({ id }) => id);

try {
  const options = readOptions(process.argv.slice(2), knownCases);
  process.stdout.write(`Node ${process.versions.node}, ${machineLine()}\n\n`);
  const results = await runSuite(casesAt(options.quick ? quickScale : fullScale), options);
  if (options.writesDocs) {
    process.stdout.write(`Written to ${writeDocs(ROOT, results, machineLine(), knownCases)}\n`);
  }
  const hasFault = results.some(({ absent }) => absent.some(({ isFault }) => isFault));
  process.exitCode = hasFault ? 1 : 0;
} catch (error) {
  if (!(error instanceof UsageError)) throw error;
  process.stderr.write(`${error.message}\n\n${usage}\n`);
  process.exitCode = 2;
}
