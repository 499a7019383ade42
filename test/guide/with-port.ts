import { readFileSync } from 'node:fs';

/** The address in each client that is shown, of which a test replaces the port alone: 8080 may be taken on the machine. */
const SHOWN_HOST = 'localhost:8080';

/** The text of a client, but for the port of its server. */
export function withPort(path: string, port: number): string {
  const text = readFileSync(path, 'utf8');
  if (text.split(SHOWN_HOST).length !== 2) throw new Error(`${path} does not name ${SHOWN_HOST} exactly once`);
  return text.replace(SHOWN_HOST, `localhost:${port}`);
}
