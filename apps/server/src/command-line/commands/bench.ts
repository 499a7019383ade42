import { isLoopbackHost } from '@skreaver/protocol';
import { benchConnects } from '../bench/connects.js';
import { benchFanOut } from '../bench/fan-out.js';
import type { Load } from '../bench/load.js';
import { percentilesOf } from '../bench/percentiles.js';
import { benchRequests } from '../bench/requests.js';
import type { Call } from '../command.js';
import { endpointOf } from '../connection/endpoint.js';
import { CommandError, ExitCode, usageError } from '../grammar/exit-code.js';

const loads = { fanout: benchFanOut, req: benchRequests, connect: benchConnects };

const MOST = { clients: 1_000, rate: 10_000, duration: 60_000, size: 60_000 } as const;

export async function run(call: Call<'bench'>): Promise<void> {
  const { values, output } = call;
  const [kind] = call.positionals as [keyof typeof loads];
  assertOwn(endpointOf(values.connect), values['own-server']);
  const load = loadOf(call);
  const { clients, rate, seconds } = load;
  output.talk(`${kind}: ${clients} clients, ${rate}/s for ${seconds} s.`);
  const [cpu, start] = [process.cpuUsage(), performance.now()];
  await loads[kind](load);
  print(kind, load, call, (performance.now() - start) / 1000, process.cpuUsage(cpu));
  if (load.tally.latencies.length === 0) throw new CommandError(ExitCode.Failed, 'Nothing came back.');
}

/** Load is for a server of one's own: on this machine, or one that is said to be. */
function assertOwn({ hostname }: URL, isOwn: boolean): void {
  if (isOwn || isLoopbackHost(hostname)) return;
  throw usageError(`${hostname} is not this machine; add --own-server if the server is yours.`);
}

function loadOf(call: Call<'bench'>): Load {
  const { clients = 5, rate = 50, duration = 5_000, size = 128 } = call.values;
  for (const [name, value] of Object.entries({ clients, rate, duration, size }) as [keyof typeof MOST, number][]) {
    if (value > MOST[name]) throw usageError(`--${name} is ${value}; allowed: at most ${MOST[name]}.`);
  }
  const tally = { latencies: [], sent: 0, errors: new Map<string, number>() };
  return { call, clients, rate, seconds: duration / 1000, size, tally };
}

function print(
  kind: string,
  { clients, tally }: Load,
  { output }: Call<'bench'>,
  seconds: number,
  cpu: NodeJS.CpuUsage,
): void {
  const { latencies, sent, errors } = tally;
  const received = latencies.length;
  const latency = percentilesOf(latencies);
  const cpu_percent = round((cpu.user + cpu.system) / 1e4 / seconds);
  const result = {
    kind,
    clients,
    seconds: round(seconds),
    sent,
    received,
    received_per_second: round(received / seconds),
    latency_ms: latency,
    errors: Object.fromEntries(errors),
    cpu_percent,
  };
  const lines = [
    `sent       ${sent}`,
    `received   ${received}, ${result.received_per_second} a second`,
    `latency    p50 ${latency.p50} ms, p90 ${latency.p90} ms, p99 ${latency.p99} ms, max ${latency.max} ms`,
    `this side  ${cpu_percent} % of a core${cpu_percent > 80 ? ': it is the bottleneck, not the server' : ''}`,
    ...[...errors].map(([message, count]) => `errors     ${count} times: ${message}`),
  ];
  output.text(`${lines.join('\n')}\n`, result);
}

const round = (value: number): number => Math.round(value * 10) / 10;
