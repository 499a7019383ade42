import type { Call } from '../command.js';
import { bashCompletion } from '../completion/bash.js';
import { commandTree } from '../completion/command-tree.js';
import { fishCompletion } from '../completion/fish.js';
import { zshCompletion } from '../completion/zsh.js';

const scripts = { bash: bashCompletion, zsh: zshCompletion, fish: fishCompletion };

export async function run({ positionals, output }: Call<'completion'>): Promise<void> {
  const [shell] = positionals as [keyof typeof scripts];
  output.text(scripts[shell](commandTree()), undefined);
}
