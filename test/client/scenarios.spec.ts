import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'vitest';
import { type Scenario, ScenarioRun } from '../support/client/scenario-run.js';

const FILE = join(import.meta.dirname, '../../clients/scenarios.json');
const { scenarios } = JSON.parse(readFileSync(FILE, 'utf8')) as { readonly scenarios: readonly Scenario[] };

/** The same scenarios are run against the client in Python. */
describe('on the wire, a client', () => {
  it.each(scenarios)('$name', async (scenario) => {
    await new ScenarioRun(scenario).run();
  });
});
