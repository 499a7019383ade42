import type { CommandTree, TreeCommand, TreeOption } from './command-tree.js';

/** A script for fish that `source` loads. */
export function fishCompletion({ program, commands, families }: CommandTree): string {
  const complete = (...parts: string[]): string => ['complete', '-c', program, ...parts].join(' ');
  const singles = commands.filter(({ path }) => path.length === 1);
  const optionsOf = (command: TreeCommand): string[] => {
    const condition = quoted(command.path.map((word) => `__fish_seen_subcommand_from ${word}`).join('; and '));
    const positional = command.positionalChoices.length > 0 ? ['-a', quoted(command.positionalChoices.join(' '))] : [];
    return [
      ...command.options.map((option) => complete('-n', condition, ...optionParts(option))),
      ...(positional.length > 0 ? [complete('-n', condition, ...positional)] : []),
    ];
  };
  return [
    `# Completion of ${program} for fish: ${program} completion fish | source`,
    complete('-f'),
    complete('-l', 'help', '-s', 'h', '-d', quoted('Show the help')),
    ...singles.map(({ path, summary }) =>
      complete('-n', '__fish_use_subcommand', '-a', path[0] as string, '-d', quoted(summary)),
    ),
    ...families.flatMap(({ name, commands: own }) => {
      const seconds = own.map(({ path }) => path[1] as string);
      const condition = `__fish_seen_subcommand_from ${name}; and not __fish_seen_subcommand_from ${seconds.join(' ')}`;
      return [
        complete('-n', '__fish_use_subcommand', '-a', name),
        ...own.map(({ path, summary }) =>
          complete('-n', quoted(condition), '-a', path[1] as string, '-d', quoted(summary)),
        ),
      ];
    }),
    ...commands.flatMap(optionsOf),
    '',
  ].join('\n');
}

function optionParts({ names, kind, about, choices }: TreeOption): string[] {
  const spelled = names.flatMap((name) => (name.startsWith('--') ? ['-l', name.slice(2)] : ['-s', name.slice(1)]));
  const value = kind === 'flag' ? [] : kind === 'file' ? ['-r', '-F'] : ['-x'];
  const list = choices.length > 0 ? ['-a', quoted(choices.join(' '))] : [];
  return [...spelled, ...value, ...list, '-d', quoted(about)];
}

const quoted = (text: string): string => `'${text.replace(/['\\]/g, String.raw`\$&`)}'`;
