import type { Call } from '../command.js';
import { commandErrorOf } from '../connection/command-error-of.js';
import { type ConnectedClient, TIMEOUT_MS, connectClient } from '../connection/connect-client.js';
import { endpointOf } from '../connection/endpoint.js';
import { handshakeOptions } from '../connection/handshake.js';
import { type Finding, type Outcome, StepFailed } from '../doctor/check.js';
import { checkHttp } from '../doctor/http-step.js';
import { checkDns, checkTcp, checkTls } from '../doctor/network-steps.js';
import { pings, shownClock, shownPing } from '../doctor/session-steps.js';
import { checkUpgrade } from '../doctor/upgrade-step.js';
import { CommandError, ExitCode } from '../grammar/exit-code.js';
import { aborted } from '../interruption.js';
import { type Output, painted } from '../output.js';

/** Each step stands on the one before: the first that fails is the last. */
export async function run(call: Call<'doctor'>): Promise<void> {
  const { values, output, positionals } = call;
  const { timeout = TIMEOUT_MS } = values;
  const url = endpointOf(positionals[0] ?? values.connect);
  const options = handshakeOptions(values);
  const step = stepsOn(call);
  output.talk(`Checking the way to ${url.href}`);
  await step('dns', async () => ok(await checkDns(url)));
  await step('tcp', async () => ok(await checkTcp(url, timeout)));
  if (url.protocol === 'wss:') await step('tls', () => checkTls(url, options, timeout));
  await step('http', async () => ok(await checkHttp(url, options, timeout)));
  let protocol = '';
  await step('upgrade', async () => {
    const upgraded = await checkUpgrade(url, options, timeout);
    ({ protocol } = upgraded);
    return ok(`HTTP 101, ${upgraded.extensions || 'not compressed'}`);
  });
  await step('subprotocol', async () => ok(subprotocol(protocol)));
  await session(step, { ...call, values: { ...values, connect: url.href } });
}

type Step = (check: string, look: () => Promise<Outcome>) => Promise<void>;

const ok = (detail: string): Outcome => ({ status: 'ok', detail });

function subprotocol(protocol: string): string {
  if (protocol === 'skreaver.v1') return protocol;
  const hint = 'Have the proxy pass the header Sec-WebSocket-Protocol on, both ways.';
  throw new StepFailed(ExitCode.Failed, 'The answer does not name skreaver.v1: clients give up.', hint);
}

async function session(step: Step, call: Call<'doctor'>): Promise<void> {
  let connection: ConnectedClient | undefined;
  try {
    await step('auth', async () => {
      connection = await connectClient(call.values, call);
      const { state } = connection.client;
      return ok(state.status === 'connected' ? `user ${state.userId ?? 'unknown'}` : state.status);
    });
    const all = connection ? await pings(connection.client) : [];
    await step('ping', async () => ok(shownPing(all)));
    await step('clock', async () => {
      const { detail, isOff } = shownClock(all);
      return isOff ? { status: 'warning', detail, hint: 'Have both machines set their clocks (NTP).' } : ok(detail);
    });
  } finally {
    await connection?.close();
  }
}

function stepsOn({ output, signal }: Call<'doctor'>): Step {
  return async (check, look) => {
    const start = performance.now();
    const took = (): number => Math.round((performance.now() - start) * 10) / 10;
    try {
      print(output, { check, ...(await Promise.race([look(), aborted(signal)])), ms: took() });
    } catch (error) {
      signal.throwIfAborted();
      const { exitCode, message, hint } = error instanceof StepFailed ? error : asFailure(error);
      print(output, { check, status: 'failed', detail: message, ...(hint !== undefined && { hint }), ms: took() });
      throw new CommandError(exitCode, '');
    }
  };
}

function asFailure(error: unknown): StepFailed {
  const { exitCode, message } = commandErrorOf(error);
  const isToken = exitCode === ExitCode.Unauthorised;
  return new StepFailed(exitCode, message, isToken ? 'Give a token by --token-file or SKREAVER_TOKEN.' : undefined);
}

const styles = { ok: 'green', warning: 'yellow', failed: 'red' } as const;

function print(output: Output, finding: Finding): void {
  const { check, status, detail, hint } = finding;
  const mark = painted(styles[status], status.padEnd(7));
  output.text(`${mark}  ${check.padEnd(11)}  ${detail}\n${hint === undefined ? '' : `         ${hint}\n`}`, finding);
}
