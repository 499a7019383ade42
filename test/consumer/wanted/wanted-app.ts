import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import { json } from 'node:stream/consumers';
import { onTestFinished } from 'vitest';
import { RunningProcess } from '../../support/running-process.js';
import { TestClient } from '../../support/test-client.js';

type ClientOptions = Parameters<typeof TestClient.open>[1];

const KEY = Buffer.alloc(16).toString('base64');

interface Refusal {
  readonly status: number | undefined;
  readonly body: Readonly<Record<string, unknown>>;
}

/** A running application of fixtures/wanted, with its HTTP API. */
export class WantedApp {
  private constructor(
    private readonly script: string,
    private readonly args: readonly string[],
    private readonly process: RunningProcess,
    readonly port: number,
  ) {}

  /** @param atEnd gets the end of the process; by default that of the test ends it */
  static async start(script: string, args: readonly string[], atEnd = onTestFinished): Promise<WantedApp> {
    const process_ = new RunningProcess(process.execPath, [script, ...args], process.env, atEnd);
    const [, port] = await process_.prints(/listening on (\d+)\n/);
    return new WantedApp(script, args, process_, Number(port));
  }

  /** Another process of the same application, for this test alone. */
  another(...args: readonly string[]): Promise<WantedApp> {
    return WantedApp.start(this.script, [...this.args, ...args]);
  }

  end(): Promise<number | null> {
    return this.process.end();
  }

  http(path: string, init?: RequestInit): Promise<Response> {
    return fetch(`http://127.0.0.1:${this.port}${path}`, init);
  }

  open(query = '', options: ClientOptions = {}): Promise<TestClient> {
    return TestClient.open(`ws://127.0.0.1:${this.port}/ws${query}`, options);
  }

  /** A client of the user, whose token has been accepted. */
  async connect(user: string, options: ClientOptions = {}): Promise<TestClient> {
    const client = await this.open(`?token=token-of-${user}`, options);
    await client.next('auth_response');
    return client;
  }

  /** A client of the user, with the id of its connection. */
  async identified(user: string): Promise<{ readonly client: TestClient; readonly connectionId: string }> {
    const client = await this.open(`?token=token-of-${user}`);
    const { connection_id: connectionId } = (await client.next('auth_response')).data as { connection_id: string };
    return { client, connectionId };
  }

  async subscribed(user: string, ...channels: readonly string[]): Promise<TestClient> {
    const client = await this.connect(user);
    await client.subscribe(...channels);
    return client;
  }

  /** The answer to a handshake that is refused. */
  async refusal(headers: Readonly<Record<string, string>>): Promise<Refusal> {
    const upgrade = {
      Connection: 'Upgrade',
      Upgrade: 'websocket',
      'Sec-WebSocket-Version': '13',
      'Sec-WebSocket-Key': KEY,
    };
    const asking = request({
      port: this.port,
      host: '127.0.0.1',
      path: '/ws',
      headers: { ...upgrade, ...headers },
    }).end();
    const [answer] = (await once(asking, 'response')) as [IncomingMessage];
    return { status: answer.statusCode, body: (await json(answer)) as Refusal['body'] };
  }

  /** What a helper of the package for tests gives in the application. */
  async testing(helper: string): Promise<unknown> {
    const answer = await this.http(`/wanted/testing/${helper}`);
    return ((await answer.json()) as { result?: unknown }).result;
  }

  /** What the application has printed. */
  get printed(): string {
    return this.process.printed;
  }

  /** The lines of its JSON log with this text, after `--json-log`. */
  logged(text: string): readonly unknown[] {
    const lines = this.printed.split('\n').filter((line) => line.startsWith('{'));
    const messages = lines.map((line) => (JSON.parse(line) as { message: unknown }).message);
    return messages.filter((message) => (message as { msg?: unknown }).msg === text);
  }

  /** Calls a method of the application's SubscriptionService. */
  async call(method: string, ...parameters: readonly unknown[]): Promise<unknown> {
    const headers = { 'Content-Type': 'application/json' };
    const answer = await this.http(`/wanted/${method}`, { method: 'POST', headers, body: JSON.stringify(parameters) });
    const { result } = (await answer.json()) as { result: unknown };
    return result;
  }
}
