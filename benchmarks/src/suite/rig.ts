import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Contestant } from '../cases/contestant.js';
import { Child } from './child.js';
import type { LoadArgument, LoadOrder, LoadReply } from '../load/load-messages.js';
import type { ServerArgument, ServerOrder, ServerReply } from '../server/server-messages.js';

const OWN_DIST = fileURLToPath(new URL('..', import.meta.url));

/** Reason why a peer cannot run on this machine. */
interface Unavailable {
  readonly unavailable: string;
}

/** Measured server with its load process. */
export class Rig {
  private other: Child<LoadOrder, LoadReply> | undefined;

  private constructor(
    readonly server: Child<ServerOrder, ServerReply>,
    readonly load: Child<LoadOrder, LoadReply>,
    /** Versions of the server's packages. */
    readonly versions: Readonly<Record<string, string>>,
    /** Options of the server that are not at their default. */
    readonly changed: readonly string[],
    private readonly startLoad: () => Child<LoadOrder, LoadReply>,
  ) {}

  /** Client in a process of its own, so that the reads of the load process do not delay its requests. */
  get bystander(): Child<LoadOrder, LoadReply> {
    return (this.other ??= this.startLoad());
  }

  /**
   * @param baseline path of another checkout, whose `ours` is the peer `baseline`
   * @param nodeFlags flags of the server's process
   */
  static async start(
    { peer, options }: Contestant,
    baseline: string | undefined,
    nodeFlags: readonly string[] = [],
  ): Promise<Rig | Unavailable> {
    const isBaseline = peer === 'baseline';
    const dist = isBaseline ? join(baseline ?? '', 'benchmarks/dist') : OWN_DIST;
    const serverArgument: ServerArgument = { peer: isBaseline ? 'ours' : peer, options };
    const server = Child.start<ServerOrder, ServerReply>(
      join(dist, 'server/server-process.js'),
      `the server of ${peer}`,
      JSON.stringify(serverArgument),
      nodeFlags,
    );
    try {
      const description = await server.ask({ kind: 'describe' });
      if ('unavailable' in description) {
        await server.stop();
        return description;
      }
      const { port, versions, changed } = description;
      const loadArgument: LoadArgument = { peer, port, compression: options.compression, tls: options.tls };
      const startLoad = (): Child<LoadOrder, LoadReply> =>
        Child.start(join(OWN_DIST, 'load/load-process.js'), `the load on ${peer}`, JSON.stringify(loadArgument));
      return new Rig(server, startLoad(), versions, changed, startLoad);
    } catch (error) {
      await server.stop();
      throw error;
    }
  }

  async stop(): Promise<void> {
    await Promise.all([this.server.stop(), this.load.stop(), this.other?.stop()]);
  }
}
