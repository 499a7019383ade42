import { nodeVersionWarning } from '../../node-version.js';
import { SettingsError, likelyProblems, serverSettings } from '../../settings/index.js';
import type { Call } from '../command.js';
import { environmentOf } from '../environment.js';
import { CommandError, ExitCode } from '../grammar/exit-code.js';
import { painted } from '../output.js';

export async function run({ values, output }: Call<'check-config'>): Promise<void> {
  const { problems, warnings } = findings(environmentOf(values.settings));
  const lines = [
    ...problems.map((sentence) => `${painted('red', 'problem')}  ${sentence}\n`),
    ...warnings.map((sentence) => `${painted('yellow', 'warning')}  ${sentence}\n`),
    ...(problems.length === 0 ? [`${painted('green', 'valid')}    The server would start with these settings.\n`] : []),
  ];
  output.text(lines.join(''), { valid: problems.length === 0, problems, warnings });
  if (problems.length > 0) throw new CommandError(ExitCode.Failed, '');
}

interface Findings {
  readonly problems: readonly string[];
  readonly warnings: readonly string[];
}

function findings(env: NodeJS.ProcessEnv): Findings {
  const ofNode = nodeVersionWarning(process.version);
  const warnings = ofNode === undefined ? [] : [ofNode];
  try {
    const settings = serverSettings(env);
    return { problems: [], warnings: [...settings.warnings, ...likelyProblems(settings), ...warnings] };
  } catch (error) {
    if (!(error instanceof SettingsError)) throw error;
    return { problems: error.sentences, warnings };
  }
}
