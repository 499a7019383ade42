import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { withPort } from './with-port.js';

type GuideClient = 'client.js' | 'client.py' | 'client.rs';

export const clientPath = (name: GuideClient): string => join(import.meta.dirname, 'clients', name);

/** A client of the guide word for word, but for the port. */
export const guideClient = (name: GuideClient, port: number): string => withPort(clientPath(name), port);

/** The only code block of a language in the guide's section about client libraries. */
export function guideSnippet(language: 'javascript' | 'python' | 'rust'): string {
  const section = readFileSync(join(import.meta.dirname, 'snippets/client-libraries.md'), 'utf8');
  const blocks = [...section.matchAll(/^```(\w+)\n([^]*?)^```$/gm)].filter((match) => match[1] === language);
  if (blocks.length !== 1) throw new Error(`The guide's section has ${blocks.length} blocks of ${language}`);
  return blocks[0]?.[2] ?? '';
}
