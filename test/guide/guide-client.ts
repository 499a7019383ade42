import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The guide's own address, of which a test replaces the port alone: 8080 may be taken on the machine. */
const GUIDE_HOST = 'localhost:8080';

export const clientPath = (name: 'client.js' | 'client.py'): string => join(import.meta.dirname, 'clients', name);

/** A client of the guide word for word, but for the port. */
export function guideClient(name: 'client.js' | 'client.py', port: number): string {
  const text = readFileSync(clientPath(name), 'utf8');
  if (text.split(GUIDE_HOST).length !== 2) throw new Error(`${name} does not name ${GUIDE_HOST} exactly once`);
  return text.replace(GUIDE_HOST, `localhost:${port}`);
}

/** The only code block of a language in the guide's section about client libraries. */
export function guideSnippet(language: 'javascript' | 'python'): string {
  const section = readFileSync(join(import.meta.dirname, 'snippets/client-libraries.md'), 'utf8');
  const blocks = [...section.matchAll(/^```(\w+)\n([^]*?)^```$/gm)].filter((match) => match[1] === language);
  if (blocks.length !== 1) throw new Error(`The guide's section has ${blocks.length} blocks of ${language}`);
  return blocks[0]?.[2] ?? '';
}
