import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { commandsOf } from './example.js';

const ROOT = join(import.meta.dirname, '../..');
const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8');
const filesOf = (folder: string): string[] => readdirSync(join(ROOT, folder));
/** The `testing-` ones are run by `test/consumer/testing.spec.ts`. */
const names = filesOf('examples').filter((name) => !name.includes('.') && !name.startsWith('testing-'));

describe.each(names)('the example %s', (name) => {
  const folder = `examples/${name}`;

  it('is started by two commands in a clone', () => {
    expect(commandsOf(name)).toEqual(['npm ci', `npm start -w ${folder}`]);
  });

  it('is listed beside the others', () => {
    expect(read('examples/README.md')).toContain(`| [${name}](${name})`);
    expect(read('examples/README.md')).toContain(`| \`npm start -w ${folder}\``);
  });

  it('is run by a test', () => {
    expect(read(`test/examples/${name}.spec.ts`)).toContain(`Example.start('${name}')`);
  });

  it('is built with everything else', () => {
    expect(read('tsconfig.json')).toContain(`{ "path": "${folder}" }`);
  });

  it('names all of its files in its README, and no others', () => {
    const named = [...read(`${folder}/README.md`).matchAll(/^\| +`([^`]+)`/gm)].map(([, path]) => path);
    const files = ['src', 'public'].flatMap((part) => filesOf(`${folder}/${part}`).map((file) => `${part}/${file}`));
    expect(named.toSorted()).toEqual(files.toSorted());
  });

  it('uses the client, and writes no message of the protocol in its page', () => {
    const page = read(`${folder}/public/index.html`);
    expect(page).toContain("createClient } from '@skreaver/client'");
    expect(page).not.toMatch(/new WebSocket|correlation_id/);
  });
});
