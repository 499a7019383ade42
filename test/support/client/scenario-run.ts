import { deepEqual, equal, rejects } from 'node:assert/strict';
import { setTimeout } from 'node:timers/promises';
import { onTestFinished, vi } from 'vitest';
import { WebSocket } from 'ws';
import {
  type ChannelEvent,
  type Client,
  type ConnectionLostError,
  type Position,
  type Published,
  type SkreaverError,
  createClient,
} from '../../../libs/client/src/index.js';
import { createInbox, type Inbox } from './script-inbox.js';
import { ScriptNames } from './script-names.js';
import { ScriptServer } from './script-server.js';

export interface Scenario {
  readonly name: string;
  readonly options: { readonly token?: string; readonly tokens?: readonly string[] };
  readonly steps: readonly Step[];
}

/** Each step has one of these. */
interface Step {
  readonly connects?: true;
  readonly client_sends?: object;
  readonly server_sends?: object;
  readonly server_closes?: { readonly code: number; readonly reason: string };
  readonly server_cuts?: true;
  readonly call?: Call;
  readonly leaves?: string;
  readonly gets?: { readonly name: string; readonly items: readonly object[] };
  readonly settles?: { readonly name: string; readonly result?: unknown; readonly error?: object };
  readonly state?: { readonly status: string; readonly code?: string; readonly close_code?: number };
}

interface Call {
  readonly name: string;
  readonly do: string;
  readonly channel?: string;
  readonly method?: string;
  readonly params?: unknown;
  readonly data?: unknown;
  readonly since?: Position;
  readonly replay?: number;
  readonly gaps?: 'fill';
  readonly token?: string;
  readonly with?: unknown;
  readonly after_ms?: number;
}

const within = { timeout: 20_000, interval: 5 };

/** A scenario, played against the client of JavaScript over a real socket. */
export class ScenarioRun {
  private readonly names = new ScriptNames();
  private readonly items = new Map<string, Inbox<object>>();
  private readonly calls = new Map<string, Promise<unknown>>();
  private readonly leaves = new Map<string, () => void>();

  constructor(private readonly scenario: Scenario) {}

  async run(): Promise<void> {
    const server = await ScriptServer.start();
    const { token, tokens } = this.scenario.options;
    const left = [...(tokens ?? [])];
    const client = createClient({
      url: server.url,
      WebSocket,
      ...(token === undefined ? {} : { token }),
      ...(tokens === undefined ? {} : { getToken: () => left.shift() ?? null }),
      reconnect: { firstWindow: 50, base: 50, max: 100 },
    });
    onTestFinished(() => client[Symbol.dispose]());
    for (const step of this.scenario.steps) await this.play(step, client, server);
  }

  private async play(step: Step, client: Client, server: ScriptServer): Promise<void> {
    if (step.connects) await server.connects();
    else if (step.client_sends) this.names.take(step.client_sends, await server.next());
    else if (step.server_sends) server.send(this.names.resolve(step.server_sends));
    else if (step.server_closes) server.close(step.server_closes.code, step.server_closes.reason);
    else if (step.server_cuts) server.cut();
    else if (step.call) this.begin(client, step.call);
    else if (step.leaves !== undefined) this.leaves.get(step.leaves)?.();
    else if (step.gets) {
      const { name, items } = step.gets;
      for (const item of items) deepEqual(await this.inbox(name).next(), item);
    } else if (step.settles) {
      const { name, result, error } = step.settles;
      const call = this.calls.get(name) ?? Promise.reject(new Error(`There is no call ${name}`));
      if (error) await rejects(call, error);
      else deepEqual(await call, result);
    } else if (step.state) {
      const { status, ...error } = step.state;
      await vi.waitFor(() => equal(client.state.status, status), within);
      if ('error' in client.state) deepEqual(shownError(client.state.error, error), error);
    } else throw new Error(`No step: ${JSON.stringify(step)}`);
  }

  private begin(client: Client, call: Call): void {
    const { name, channel = '', method = '', params, data, since, replay, gaps } = call;
    const keep = (promise: Promise<unknown>): void => {
      promise.catch(() => {});
      this.calls.set(name, promise);
    };
    const give = (item: object): void => this.inbox(name).put(item);
    const onEvent = ({ data: given, position, recovered }: ChannelEvent): void =>
      give({ data: given, offset: position?.offset, recovered });
    if (client.state.status === 'idle') client.connect();
    if (call.do === 'request') keep(client.request(method, params));
    else if (call.do === 'publish') keep(client.publish(channel, data).then(shownPublication));
    else if (call.do === 'stream') {
      const stream = client.stream(method, params);
      keep(stream.result);
      void giveChunks(stream, give);
    } else if (call.do === 'subscribe') {
      const { close } = client.subscribe(channel, {
        onEvent,
        ...(since === undefined ? {} : { since }),
        ...(replay === undefined ? {} : { replay: { last: replay } }),
        ...(gaps === undefined ? {} : { gaps }),
        onReset: ({ reason, position }) => give({ reset: reason, offset: position?.offset }),
        onError: ({ code }) => give({ error: code }),
      });
      this.leaves.set(name, close);
    } else if (call.do === 'consume') client.consume(channel, onEvent);
    else if (call.do === 'set_token') client.setToken(call.token ?? null);
    else if (call.do === 'answer') client.answer(() => setTimeout(call.after_ms ?? 0, call.with));
  }

  private inbox(name: string): Inbox<object> {
    const inbox = this.items.get(name) ?? createInbox<object>();
    this.items.set(name, inbox);
    return inbox;
  }
}

function shownPublication({ delivered, offset, duplicate }: Published): object {
  return { delivered, ...(offset !== undefined && { offset }), ...(duplicate !== undefined && { duplicate }) };
}

/** What is expected to be known of an error. */
function shownError(error: SkreaverError, { close_code: isLost }: { readonly close_code?: number }): object {
  return { code: error.code, ...(isLost !== undefined && { close_code: (error as ConnectionLostError).closeCode }) };
}

async function giveChunks(stream: AsyncIterable<unknown>, give: (item: object) => void): Promise<void> {
  try {
    for await (const chunk of stream) give({ chunk });
  } catch {
    // The result rejects with it too.
  }
}
