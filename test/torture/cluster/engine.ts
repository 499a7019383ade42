import { setTimeout as delay } from 'node:timers/promises';
import { EngineProxy } from '../../support/engine-proxy.js';
import { RedisServer } from '../../support/redis-server.js';

/** Acknowledged writes are on their way to the disk, and not forced there. */
const SETTINGS = ['--appendonly', 'yes', '--appendfsync', 'everysec'];

/** The Redis of a run: another process after a failover. */
export class TorturedRedis {
  private constructor(private current: RedisServer) {}

  static async start(): Promise<TorturedRedis> {
    return new TorturedRedis(await RedisServer.start(SETTINGS));
  }

  get port(): number {
    return this.current.port;
  }

  send(...words: readonly string[]): Promise<string> {
    return this.current.send(...words);
  }

  async restart(awayMs: number): Promise<void> {
    await this.current.kill();
    await delay(awayMs);
    await this.current.run();
  }

  async restartEmpty(awayMs: number): Promise<void> {
    await this.current.kill();
    this.current.forget();
    await delay(awayMs);
    await this.current.run();
  }

  async stop(ms: number): Promise<void> {
    this.current.pause();
    await delay(ms);
    this.current.resume();
  }

  /** The first one in the life of this Redis changes the name of its replication history. */
  async attachReplica(ms: number): Promise<void> {
    const replica = await RedisServer.replicaOf(this.port);
    await delay(ms);
    await replica.kill();
  }

  /**
   * A replica that did not get the last writes becomes the primary.
   * @param move sends the nodes to it; the old primary goes on until that is done, or is killed before
   */
  async failOver(lostMs: number, isOldAlive: boolean, move: (port: number) => Promise<void>): Promise<void> {
    const replication = await EngineProxy.start(this.port);
    const replica = await RedisServer.replicaOf(replication.port, SETTINGS);
    await delay(lostMs);
    replication.isSilent = true;
    await delay(lostMs);
    const old = this.current;
    if (!isOldAlive) await old.kill();
    await replica.send('REPLICAOF', 'NO', 'ONE');
    this.current = replica;
    await move(replica.port);
    await old.kill();
  }
}
