import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { ExitCode } from '../../apps/server/src/command-line/grammar/exit-code.js';
import { commandNames } from '../../apps/server/src/command-line/grammar/specs.js';
import { call } from './cli-process.js';

const { version } = JSON.parse(readFileSync(new URL('../../apps/server/package.json', import.meta.url), 'utf8')) as {
  readonly version: string;
};

describe('the help of skreaver-ws', () => {
  it('is the one in git, for the program and each command; "vitest -u" records a deliberate change', async () => {
    const calls = [[], ...commandNames.map((name) => name.split(' '))].map((words) => call([...words, '--help']));
    const outcomes = await Promise.all(calls);
    for (const { code, stderr } of outcomes) expect([code, stderr]).toEqual([0, '']);
    await expect(outcomes.map(({ stdout }) => stdout).join('\n')).toMatchFileSnapshot('help.txt');
  });

  it('fits a terminal of 120 columns', () => {
    const help = readFileSync(new URL('help.txt', import.meta.url), 'utf8');
    expect(help.split('\n').filter((line) => line.length > 120)).toEqual([]);
  });

  it('is that of all commands of a family, for its first word', async () => {
    const { code, stdout } = await call(['token', '--help']);
    expect([code, stdout.match(/^Usage: .*/gm)]).toEqual([
      0,
      ['Usage: skreaver-ws token create [options]', 'Usage: skreaver-ws token check [options]'],
    ]);
  });

  it.each([
    [['help', 'sub'], /^Usage: skreaver-ws sub /],
    [['help', 'token'], /^Usage: skreaver-ws token create /],
    [['help', 'token', 'check'], /^Usage: skreaver-ws token check /],
  ])('is that of a command also as %j', async (args, usage) => {
    expect(await call(args)).toEqual({ code: 0, stdout: expect.stringMatching(usage), stderr: '' });
  });

  it('has the version of the package', async () => {
    expect(await call(['--version'])).toEqual({ code: 0, stdout: `${version}\n`, stderr: '' });
  });
});

describe('a call that is wrong', () => {
  it.each([
    [[], 'A command is missing.'],
    [['subscribe', 'a'], '"subscribe a" is not a command; use one of: serve, sub,'],
    [['token', 'make'], '"token make" is not a command; use one of: token create, token check.'],
    [['sub'], '<channel> is missing.'],
    [['pub', 'a', '1', '2'], '"2" is too much.'],
    [['sub', 'a', '--cuont', '1'], "Unknown option '--cuont'."],
    [['sub', 'a', '--count'], "Option '--count <value>' argument missing."],
    [['sub', 'a', '--count', '0'], '--count is "0"; allowed: a whole number from 1.'],
    [['sub', 'a', '--wait', 'soon'], '--wait is "soon"; allowed: a duration such as 250ms, 1.5s, 5m or 1h.'],
    [['sub', 'a', '--wait', '30d'], '--wait is "30d"; allowed: a duration of at most 24d.'],
    [['sub', 'a', '--since', '7'], '--since is "7"; allowed: epoch:offset, or acked.'],
    [['sub', 'a', '-c', 'ftp://a'], '"ftp://a" is not a URL of ws, wss, http or https.'],
    [['sub', 'a', '-H', 'nonsense'], '--header is "nonsense"; allowed: \'Name: value\', in Latin-1.'],
    [['sub', 'a', '-H', 'Name: €'], '--header is "Name: €"; allowed: \'Name: value\', in Latin-1.'],
    [['sub', 'a', '-c', 'ws://a/#b'], '"ws://a/#b" has a fragment; leave out #b.'],
    [['pub', 'a', '{x'], 'The data must be JSON: {x'],
    [['pub', 'a', '-1'], "Unknown option '-1'. A number below 0 comes last, after --."],
    [['consume', 'a', '--command', ''], '--command is empty.'],
    [['pub', 'a', '--key', 'k'], '--key is for one publication; give its data too.'],
    [['req', 'a', '{x'], 'The params must be JSON: {x'],
    [['token', 'create'], '--user is missing.'],
  ])('%j exits with 2, and says so on stderr alone', async (args, sentence) => {
    const { code, stdout, stderr } = await call(args);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toContain(`skreaver-ws: ${sentence}`);
    expect(stderr).toMatch(/"skreaver-ws .*--help"/);
  });
});

describe('docs/guide/command-line.md', () => {
  const page = readFileSync(new URL('../../docs/guide/command-line.md', import.meta.url), 'utf8');

  it('lists every command, and no other', () => {
    const listed = Array.from(page.matchAll(/^\| `([a-z -]+)` +\|/gm), ([, name]) => name);
    expect(listed).toEqual(commandNames);
  });

  it('lists every exit code with its name', () => {
    const listed = Array.from(page.matchAll(/^\| (\d+) +\| `(\w+)` +\|/gm), ([, code, name]) => [name, Number(code)]);
    expect(Object.fromEntries(listed)).toEqual(ExitCode);
  });
});
