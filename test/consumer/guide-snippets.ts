import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';

const ROOT = join(import.meta.dirname, '../..');
const pages = [
  'README.md',
  ...readdirSync(join(ROOT, 'docs/guide'))
    .filter((file) => file.endsWith('.md'))
    .map((file) => `docs/guide/${file}`),
];

export interface Snippet {
  /** Of the page and the number of the snippet in it, such as `module-2`. */
  readonly name: string;
  readonly text: string;
}

/** Every TypeScript snippet of the README and the guide, as a module that compiles by itself. */
export const guideSnippets: readonly Snippet[] = pages.flatMap((page) =>
  [...readFileSync(join(ROOT, page), 'utf8').matchAll(/^## (.+)$|^```ts\n([^]*?)^```$/gm)]
    .reduce<{ heading: string; texts: string[] }>(
      ({ heading, texts }, [, title, text]) =>
        text === undefined
          ? { heading: title ?? '', texts }
          : { heading, texts: [...texts, text.includes('import ') ? text : asSignatures(heading, text)] },
      { heading: '', texts: [] },
    )
    .texts.map((text, at) => ({ name: `${basename(page, '.md').toLowerCase()}-${at + 1}`, text })),
);

/** The one snippet that holds a text. */
export function snippetWith(part: string): Snippet {
  const found = guideSnippets.filter(({ text }) => text.includes(part));
  if (found.length !== 1) throw new Error(`${found.length} snippets hold "${part}", not one`);
  return found[0] as Snippet;
}

/** A list of signatures under the name of a class: that class has to have them. */
function asSignatures(className: string, text: string): string {
  const types = new Set([className, ...(text.replace(/\/\/.*$/gm, '').match(/\b[A-Z]\w+/g) ?? [])]);
  types.delete('Promise');
  return [
    `import type { ${[...types].join(', ')} } from '@skreaver/nestjs-ws';`,
    `interface Shown {\n${text}}`,
    `export const shown = (service: ${className}): Shown => service;\n`,
  ].join('\n');
}
