import { type CommandTree, type TreeCommand, words } from './command-tree.js';

/** A script for bash that `source` loads. */
export function bashCompletion({ program, commands, families }: CommandTree): string {
  const firsts = [...new Set(commands.map(({ path }) => path[0] as string))];
  return `# Completion of ${program} for bash: source <(${program} completion bash)
_${words(program)}() {
  local current=\${COMP_WORDS[COMP_CWORD]} previous=\${COMP_WORDS[COMP_CWORD - 1]} choices= files=
  if ((COMP_CWORD == 1)); then
    choices='${firsts.join(' ')} --help --version'
  else
    case "\${COMP_WORDS[1]}" in
${families.map(familyCase).join('\n')}
${commands
  .filter(({ path }) => path.length === 1)
  .map(commandCase)
  .join('\n')}
    esac
  fi
  COMPREPLY=($(compgen -W "$choices" -- "$current"))
  if [[ $files ]]; then
    compopt -o filenames
    COMPREPLY+=($(compgen -f -- "$current"))
  fi
}
complete -F _${words(program)} ${program}
`;
}

function familyCase({ name, commands }: CommandTree['families'][number]): string {
  const seconds = commands.map(({ path }) => path[1] as string);
  return `      ${name})
        if ((COMP_CWORD == 2)); then
          choices='${seconds.join(' ')}'
        else
          case "\${COMP_WORDS[2]}" in
${commands.map((command) => `            ${command.path[1]})\n${body(command, '              ')}\n              ;;`).join('\n')}
          esac
        fi
        ;;`;
}

const commandCase = (command: TreeCommand): string =>
  `      ${command.path[0]})\n${body(command, '        ')}\n        ;;`;

function body({ options, positionalChoices }: TreeCommand, indent: string): string {
  const all = [...options.flatMap(({ names }) => names), '--help'];
  const cases = options.flatMap(({ names, kind, choices }) => {
    if (kind === 'flag') return [];
    const does = kind === 'file' ? 'files=1' : `choices='${choices.join(' ')}'`;
    return [`${names.join(' | ')}) ${does} ;;`];
  });
  return [
    'case "$previous" in',
    ...cases.map((line) => `  ${line}`),
    `  *) choices='${[...positionalChoices, ...all].join(' ')}' ;;`,
    'esac',
  ]
    .map((line) => indent + line)
    .join('\n');
}
