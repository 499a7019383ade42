import { type CommandTree, type TreeCommand, type TreeOption, words } from './command-tree.js';

/** A script for zsh: a function `_skreaver-ws` for a folder of `fpath`, which `source` loads too. */
export function zshCompletion({ program, commands, families }: CommandTree): string {
  const singles = commands.filter(({ path }) => path.length === 1);
  const firsts = [
    ...singles.map(({ path, summary }) => described(path[0] as string, summary)),
    ...families.map(({ name }) => described(name, `Has the commands of ${name}`)),
  ];
  return `#compdef ${program}
# Completion of ${program} for zsh: source <(${program} completion zsh)
_${words(program)}() {
  local -a commands=(
${firsts.map((line) => `    ${line}`).join('\n')}
  )
  if ((CURRENT == 2)); then
    _describe command commands
    return
  fi
  local command=$words[2]
  shift words
  ((CURRENT--))
  case $command in
${families.map(familyCase).join('\n')}
${singles.map((one) => `    ${one.path[0]})\n${args(one, '      ')}\n      ;;`).join('\n')}
  esac
}
compdef _${words(program)} ${program}
`;
}

function familyCase({ name, commands }: CommandTree['families'][number]): string {
  return `    ${name})
      commands=(
${commands.map(({ path, summary }) => `        ${described(path[1] as string, summary)}`).join('\n')}
      )
      if ((CURRENT == 2)); then
        _describe command commands
        return
      fi
      command=$words[2]
      shift words
      ((CURRENT--))
      case $command in
${commands.map((one) => `        ${one.path[1]})\n${args(one, '          ')}\n          ;;`).join('\n')}
      esac
      ;;`;
}

function args({ options, positionalChoices, takesPositionals }: TreeCommand, indent: string): string {
  const choices = positionalChoices.length > 0 ? [`'1:argument:(${positionalChoices.join(' ')})'`] : [];
  // Without it, zsh completes nothing after an argument.
  const positional = takesPositionals ? [...choices, `'*:argument: '`] : [];
  const all = [...options.flatMap(optionArgs), ...positional, `'--help[Show the help]'`];
  return [`${indent}_arguments \\`, all.map((arg) => `${indent}  ${arg}`).join(' \\\n')].join('\n');
}

function optionArgs({ names, kind, value, about, choices, isRepeatable }: TreeOption): string[] {
  const action = kind === 'file' ? '_files' : choices.length > 0 ? `(${choices.join(' ')})` : ' ';
  const argument = kind === 'flag' ? '' : `:${value}:${action}`;
  const text = about.replace(/[[\]:\\]/g, String.raw`\$&`);
  return names.map((name) => quoted(`${isRepeatable ? '*' : ''}${name}[${text}]${argument}`));
}

const described = (name: string, about: string): string => quoted(`${name}:${about}`);
const quoted = (text: string): string => `'${text.replaceAll("'", String.raw`'\''`)}'`;
