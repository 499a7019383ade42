import { fileURLToPath } from 'node:url';
import { casesAt } from './cases/all-cases.js';
import { fullScale, quickScale } from './cases/scale.js';
import { readOptions, usage, UsageError } from './options.js';
import { writeDocs } from './report/write-docs.js';
import { machineLine } from './suite/machine.js';
import { runSuite } from './suite/run-suite.js';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const knownCases = casesAt(fullScale).map(({ id }) => id);

async function run(args: readonly string[]): Promise<number> {
  const options = readOptions(args, knownCases);
  process.stdout.write(`Node ${process.versions.node}, ${machineLine()}\n\n`);
  const results = await runSuite(casesAt(options.quick ? quickScale : fullScale), options);
  if (options.writesDocs) {
    process.stdout.write(`Written to ${writeDocs(ROOT, results, machineLine(), knownCases)}\n`);
  }
  return results.some(({ absent }) => absent.some(({ isFault }) => isFault)) ? 1 : 0;
}

const args = process.argv.slice(2);
if (args.includes('--help')) {
  process.stdout.write(`${usage}\n`);
} else {
  try {
    process.exitCode = await run(args);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    process.stderr.write(`${error.message}\n\n${usage}\n`);
    process.exitCode = 2;
  }
}
