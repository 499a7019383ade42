import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify, stripVTControlCharacters } from 'node:util';
import { expect, it, describe, onTestFinished } from 'vitest';
import { call } from './cli-process.js';

const run = promisify(execFile);

async function scriptFor(shell: string): Promise<string> {
  const { code, stdout } = await call(['completion', shell]);
  expect(code).toBe(0);
  const folder = mkdtempSync(join(tmpdir(), 'skreaver-completion-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const path = join(folder, 'script');
  writeFileSync(path, stdout);
  return path;
}

/** What each shell offers for a line that ends where the cursor is. */
const shells: Readonly<Record<string, (script: string, line: string, wanted: readonly string[]) => Promise<string>>> = {
  async bash(script, line) {
    const driver = `source "$1"; COMP_WORDS=($2); [[ $2 == *' ' ]] && COMP_WORDS+=('')
      COMP_CWORD=$((\${#COMP_WORDS[@]} - 1)); _skreaver_ws 2>/dev/null; printf '%s\\n' "\${COMPREPLY[@]}"`;
    return (await run('bash', ['--norc', '-c', driver, 'bash', script, line])).stdout;
  },
  async zsh(script, line, wanted) {
    // A shell of its own on a pseudo-terminal, which is asked for its choices as by the Tab key.
    const driver = `
      zmodload zsh/zpty
      zpty -b shell zsh -f
      zpty -w shell "PS1=; unsetopt zle_bracketed_paste; autoload -U compinit; compinit -u -D; source $1"
      zpty -w shell "bindkey '^I' list-choices; zstyle ':completion:*' list-prompt ''; LISTMAX=10000; stty rows 500; echo rea''dy"
      until [[ $said == *ready* ]]; do zpty -r shell part && said+=$part; done
      zpty -w -n shell "$2"$'\\t'
      # Until all that is wanted is there, for 20 s at most.
      said= tries=0 missing=($=3)
      while (( $#missing && tries++ < 1000 )); do
        zpty -r -t shell part && said+=$part || sleep 0.02
        for word in $missing; do [[ $said == *$word* ]] && missing=(\${missing:#$word}); done
      done
      zpty -d shell; print -r -- $said`;
    const { stdout } = await run('zsh', ['-f', '-c', driver, 'zsh', script, line, wanted.join(' ')]);
    return stripVTControlCharacters(stdout);
  },
  async fish(script, line) {
    return (await run('fish', ['--no-config', '-c', 'source $argv[1]; complete -C $argv[2]', script, line])).stdout;
  },
};

describe.each(Object.entries(shells))('the completion of %s', (shell, offered) => {
  it.each([
    ['a command', 'skreaver-ws pre', ['presence'], ['pub']],
    ['the second word of a command', 'skreaver-ws token c', ['create', 'check'], ['sub']],
    ['an option of the command alone', 'skreaver-ws sub news --', ['--count', '--token-file'], ['--key']],
    ['an option of a command of two words', 'skreaver-ws token create --', ['--ttl'], ['--connect']],
    ['the choices of an option', 'skreaver-ws consume jobs --on-error ', ['retry', 'skip'], ['--count']],
    ['the choices of an argument', 'skreaver-ws bench f', ['fanout'], ['connect']],
  ])('offers %s', async (_what, line, wanted, unwanted) => {
    const words = (await offered(await scriptFor(shell), line, wanted)).split(/[^\w-]+/);
    expect(words).toEqual(expect.arrayContaining(wanted));
    expect(words.filter((word) => unwanted.includes(word))).toEqual([]);
  });
});

it('the completion of another shell is a wrong call', async () => {
  const { code, stderr } = await call(['completion', 'cmd']);
  expect([code, stderr]).toEqual([2, expect.stringContaining('<shell> is "cmd"; allowed: one of bash, zsh, fish.')]);
});
