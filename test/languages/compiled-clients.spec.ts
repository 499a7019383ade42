import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CloseCode } from '@skreaver/protocol';
import { describe, expect, it } from 'vitest';
import { clientPath, guideClient } from '../guide/guide-client.js';
import { type StandaloneServer, startStandaloneServer } from '../guide/standalone-server.js';
import { withPort } from '../guide/with-port.js';
import { RunningProcess } from '../support/running-process.js';
import { TestClient } from '../support/test-client.js';
import { compile } from './compiled-client.js';

const GO_CLIENT = join(import.meta.dirname, 'go/client.go');
const CHANNEL = 'agent-updates';
/** The first compilation takes the dependencies too. */
const COMPILE_MS = 600_000;
const SETTINGS = {
  SKREAVER_WS_API_KEYS: 'abc123=alice',
  SKREAVER_WS_PUBLISH_KEYS: 'a-key-of-the-publisher',
  SKREAVER_WS_PING_INTERVAL: '200ms',
  SKREAVER_WS_PONG_TIMEOUT: '150ms',
};

const compileRust = (port: number): Promise<string> =>
  compile({
    language: 'rust',
    sourcePath: 'src/main.rs',
    source: guideClient('client.rs', port),
    compiler: ['cargo', 'build', '--locked'],
    binary: 'target/debug/guide-client',
  });

const compileGo = (port: number): Promise<string> =>
  compile({
    language: 'go',
    sourcePath: 'client.go',
    source: withPort(GO_CLIENT, port),
    compiler: ['go', 'build', '-o', 'client', 'client.go'],
    binary: 'client',
  });

/** Until clients that answer no pings are cut, three times. */
async function outlastPings({ port }: StandaloneServer): Promise<void> {
  for (let cut = 0; cut < 3; cut += 1) {
    const silent = await TestClient.open(`ws://localhost:${port}/ws?token=abc123`);
    silent.answersPings = false;
    await expect(silent.closed).resolves.toMatchObject({ code: CloseCode.PongTimeout });
  }
}

describe('a client in a language that is compiled', () => {
  it.each([
    ["the guide's, in Rust", compileRust, /^Received: .*"data":"first".*\n[^]*^Received: .*"data":"second".*\n/m],
    ['in Go', compileGo, /^Event: "first"\nEvent: "second"\n$/],
  ])(
    '%s, prints what curl publishes and is kept by its pongs',
    async (_client, compiled, events) => {
      const server = await startStandaloneServer(SETTINGS);
      const client = new RunningProcess(await compiled(server.port), []);
      await server.publish(CHANNEL, 'first');
      await outlastPings(server);
      await server.publish(CHANNEL, 'second');
      expect((await client.prints(events))[0]).not.toContain('"error"');
    },
    COMPILE_MS,
  );

  it.each([
    ['rust', clientPath('client.rs')],
    ['go', GO_CLIENT],
  ])('stands in the page on plain clients word for word, in %s', (language, path) => {
    const page = readFileSync(join(import.meta.dirname, '../../docs/guide/plain-clients.md'), 'utf8');
    expect(page).toContain(`\`\`\`${language}\n${readFileSync(path, 'utf8')}\`\`\`\n`);
  });
});
