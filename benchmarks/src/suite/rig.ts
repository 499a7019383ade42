import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Contestant } from '../cases/contestant.js';
import { Child } from './child.js';
import type { Engine } from './engine.js';
import { HubEngine } from './hub-engine.js';
import { RedisEngine } from './redis-engine.js';
import { Unavailable } from './unavailable.js';
import type { MeasuredReader } from '../readers/measured-reader.js';
import { PageReader } from '../readers/page-reader.js';
import { ProcessReader } from '../readers/process-reader.js';
import type { LoadArgument, LoadOrder, LoadReply } from '../load/load-messages.js';
import type { ServerArgument, ServerOrder, ServerReply } from '../server/server-messages.js';

const OWN_DIST = fileURLToPath(new URL('..', import.meta.url));

const engines = { redis: RedisEngine, hub: HubEngine };

type Description = Extract<ServerReply, { kind: 'describe' }>;
type Running = Extract<Description, { port: number }>;

/** @throws Unavailable */
function assertRunning(description: Description): Running {
  if ('unavailable' in description) throw new Unavailable(description.unavailable);
  return description;
}

/** Measured servers with their load process; several nodes share an engine. */
export class Rig {
  private other: Child<LoadOrder, LoadReply> | undefined;
  private reader: MeasuredReader | undefined;

  private constructor(
    /** The server, or the node that publishes. */
    readonly server: Child<ServerOrder, ServerReply>,
    /** The other nodes. */
    readonly others: readonly Child<ServerOrder, ServerReply>[],
    readonly engine: Engine | undefined,
    readonly load: Child<LoadOrder, LoadReply>,
    private readonly serverVersions: Readonly<Record<string, string>>,
    /** Options of the server that are not at their default. */
    readonly changed: readonly string[],
    private readonly startLoad: () => Child<LoadOrder, LoadReply>,
    private readonly startReader: (channel: string) => Promise<MeasuredReader>,
  ) {}

  /** Client in a process of its own, so that the reads of the load process do not delay its requests. */
  get bystander(): Child<LoadOrder, LoadReply> {
    return (this.other ??= this.startLoad());
  }

  /** Versions of the server's packages, and of what else takes part. */
  get versions(): Readonly<Record<string, string>> {
    return { ...this.serverVersions, ...this.engine?.versions, ...this.reader?.versions };
  }

  /**
   * Opens a client by the library of the peer, in a process of its own. Once.
   * @throws Unavailable where a page has no browser, or a baseline no reader
   */
  async openReader(channel: string): Promise<MeasuredReader> {
    return (this.reader = await this.startReader(channel));
  }

  /**
   * @param baseline path of another checkout, whose `ours` is the peer `baseline`
   * @param nodeFlags flags of the server's process
   * @throws Unavailable where the peer or the engine cannot run on this machine
   */
  static async start(
    { peer, options, nodes, engine: kind = 'redis', inPage = false }: Contestant,
    baseline: string | undefined,
    nodeFlags: readonly string[] = [],
  ): Promise<Rig> {
    const engine = nodes === undefined ? undefined : await engines[kind].start();
    const servers: Child<ServerOrder, ServerReply>[] = [];
    const stop = async (): Promise<void> => {
      await Promise.all(servers.map((server) => server.stop()));
      await engine?.stop();
    };
    try {
      const isBaseline = peer === 'baseline';
      const argument: ServerArgument = {
        peer: isBaseline ? 'ours' : peer,
        options: { ...options, ...engine?.at },
      };
      const file = join(isBaseline ? join(baseline ?? '', 'benchmarks/dist') : OWN_DIST, 'server/server-process.js');
      for (let node = 0; node < (nodes ?? 1); node++) {
        servers.push(Child.start(file, `the server of ${peer}`, JSON.stringify(argument), nodeFlags));
      }
      const [server, ...others] = servers as [Child<ServerOrder, ServerReply>];
      const descriptions = await Promise.all(servers.map((each) => each.ask({ kind: 'describe' })));
      const running = descriptions.map(assertRunning);
      const ports = running.map(({ port }) => port);
      const { port, versions, changed } = running[0] as Running;
      const { compression, tls, msgpack } = options;
      const loadArgument: LoadArgument = { peer, ports, compression, tls, msgpack };
      const startLoad = (): Child<LoadOrder, LoadReply> =>
        Child.start(join(OWN_DIST, 'load/load-process.js'), `the load on ${peer}`, JSON.stringify(loadArgument));
      const target = { peer, port };
      const Reader = inPage ? PageReader : ProcessReader;
      const startReader = (channel: string): Promise<MeasuredReader> =>
        Reader.open(target, channel, isBaseline ? baseline : undefined);
      return new Rig(server, others, engine, startLoad(), versions, changed, startLoad, startReader);
    } catch (error) {
      await stop();
      throw error;
    }
  }

  async stop(): Promise<void> {
    const servers = [this.server, ...this.others];
    await Promise.all([
      ...servers.map((server) => server.stop()),
      this.load.stop(),
      this.other?.stop(),
      this.reader?.stop(),
    ]);
    await this.engine?.stop();
  }
}
