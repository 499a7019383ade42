/** Many connections to one machine, in workers: all subscribed to one channel, and one event for all of them. */
import { loadavg } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { UsageError } from '../options.js';
import { shown } from '../report/numbers.js';
import { Child } from '../suite/child.js';
import { machineLine } from '../suite/machine.js';
import { type CrowdArgument, type CrowdOrder, type CrowdReply, sharedClock } from './crowd-messages.js';
import { type CrowdOptions, crowdOptions, heldByClient } from './crowd-options.js';
import { CrowdServer, descriptors, residentBytes } from './crowd-server.js';

const CLIENT = fileURLToPath(new URL('crowd-client.js', import.meta.url));
const ADDRESSES_EACH = 8;
/** Connections that a client opens for one order, which has a deadline. */
const STEP = 500;
const BROADCASTS = 5;
const BROADCAST_MS = 50_000;
const KIB = 1024;

type Client = Child<CrowdOrder, CrowdReply>;

const say = (line: string): void => void process.stdout.write(`${line}\n`);
const load = (): string => loadavg()[0]?.toFixed(1) ?? '';
const sum = (numbers: readonly number[]): number => numbers.reduce((total, each) => total + each, 0);

/** The soft limit of open files. Node exposes it in its report only. */
function openFiles(): number {
  const { userLimits } = process.report.getReport() as { userLimits?: { open_files?: { soft?: unknown } } };
  const soft = userLimits?.open_files?.soft;
  return typeof soft === 'number' ? soft : 1_000_000;
}

function startClients({ connections }: CrowdOptions, port: number): Client[] {
  const clients = Math.ceil(connections / heldByClient(openFiles()));
  return Array.from({ length: clients }, (_, number) => {
    const addresses = Array.from({ length: ADDRESSES_EACH }, (__, each) => `127.0.${number + 1}.${each + 1}`);
    const argument: CrowdArgument = { port, addresses };
    return Child.start(CLIENT, `client ${number + 1}`, JSON.stringify(argument));
  });
}

async function connect(clients: readonly Client[], connections: number): Promise<void> {
  const began = performance.now();
  let left = connections;
  let open = 0;
  let told = 0;
  const connectInTurn = async (client: Client): Promise<void> => {
    while (left > 0) {
      const step = Math.min(STEP, left);
      left -= step;
      await client.ask({ kind: 'connect', connections: step });
      open += step;
      if (open - told < 10_000 && open < connections) continue;
      told = open;
      say(`  ${shown(open)} open after ${shown((performance.now() - began) / 1000)} s`);
    }
  };
  await Promise.all(clients.map(connectInTurn));
}

const statesOf = (clients: readonly Client[]) => Promise.all(clients.map((client) => client.ask({ kind: 'state' })));

async function broadcast(server: CrowdServer, clients: readonly Client[], number: number): Promise<void> {
  const open = (await statesOf(clients)).map((state) => state.open);
  const began = sharedClock();
  await server.publish({ number, text: 'one for all' });
  const published = sharedClock();
  const replies = await Promise.all(
    clients.map((client, at) =>
      client.ask({ kind: 'await', events: (open[at] ?? 0) * number, timeoutMs: BROADCAST_MS }),
    ),
  );
  const got = sum(replies.map(({ events }) => events)) - sum(open) * (number - 1);
  const lastAt = Math.max(...replies.map((reply) => reply.lastAt));
  say(
    `  broadcast ${number}: ${shown(got)} of ${shown(sum(open))} got it; published after ` +
      `${shown(published - began)} ms, the last delivery after ${shown(lastAt - began)} ms`,
  );
}

async function run(options: CrowdOptions): Promise<void> {
  const { connections, workers, holdSeconds } = options;
  say(`Node ${process.versions.node}, ${machineLine()}, load ${load()}`);
  const server = await CrowdServer.start(options);
  const clients = startClients(options, server.port);
  try {
    const pids = server.workers;
    const before = pids.map(residentBytes);
    const primaryBefore = residentBytes(server.primary);
    say(`${workers} workers, ${clients.length} client processes; opening ${shown(connections)} connections …`);
    await connect(clients, connections);
    const refused = sum((await statesOf(clients)).map((state) => state.refused));
    say(`  ${shown(refused)} attempts were refused by a full worker, and made again`);
    say(`  in each worker: ${pids.map((pid) => shown(descriptors(pid))).join(', ')} descriptors`);
    say(`staying for ${holdSeconds} s, so that each connection is pinged …`);
    await sleep(holdSeconds * 1000);
    const grown = sum(pids.map(residentBytes)) - sum(before);
    say(`  RSS of the workers: ${shown(grown / connections / KIB)} KiB for each connection (with garbage)`);
    say(
      `  RSS of the primary process: ${shown(residentBytes(server.primary) / KIB / KIB)} MiB, before ${shown(primaryBefore / KIB / KIB)}`,
    );
    for (let number = 1; number <= BROADCASTS; number += 1) await broadcast(server, clients, number);
    const states = await statesOf(clients);
    const closed = states.flatMap((state) => state.closed);
    say(
      `open at the end: ${shown(sum(states.map(({ open }) => open)))}; closed: ${closed.length} ${[...new Set(closed)].join(', ')}`,
    );
    say(`load ${load()}`);
  } finally {
    await Promise.all(clients.map((client) => client.stop()));
    await server.stop();
  }
}

try {
  await run(crowdOptions(process.argv.slice(2), openFiles()));
} catch (error) {
  if (!(error instanceof UsageError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 2;
}
