import type { NewPublication } from '@skreaver/nestjs-ws';
import { onTestFinished, vi } from 'vitest';
import { RedisBackplane } from '../../libs/redis/src/index.js';
import { RecordingNode } from '../contract/recording-node.js';
import { EngineProxy } from '../support/engine-proxy.js';
import type { RedisServer } from '../support/redis-server.js';

const history = { size: 100, ttl: 600_000 };
export const publication = (dataJson: string, more: Partial<NewPublication> = {}): NewPublication => ({
  channel: 'chat',
  dataJson,
  history,
  ...more,
});
export const eventually = (holds: () => boolean, timeout = 15_000): Promise<unknown> =>
  vi.waitUntil(holds, { timeout, interval: 10 });

/** A node that is nothing but its backplane, behind a proxy of its own. */
export class Member {
  readonly node: RecordingNode;
  readonly backplane: RedisBackplane;

  private constructor(readonly proxy: EngineProxy) {
    this.backplane = new RedisBackplane({ url: proxy.url });
    this.node = new RecordingNode(`node${proxy.port}`);
  }

  /** A node behind a proxy of its own. */
  static async join(redis: RedisServer, ...channels: readonly string[]): Promise<Member> {
    const member = new Member(await EngineProxy.start(redis.port));
    await member.backplane.start(member.node);
    onTestFinished(() => member.backplane.detach());
    const failures = await member.backplane.open(channels);
    if (failures.size > 0) throw new Error('The channels cannot be opened.');
    return member;
  }

  get isLive(): boolean {
    return this.backplane.health.state === 'live';
  }

  /** Sends the node to another Redis. */
  async moveTo(redis: RedisServer): Promise<void> {
    this.proxy.target = redis.port;
    this.proxy.cut();
    await eventually(() => this.node.link.at(-1)?.startsWith('restored') === true);
  }

  async top(channel = 'chat') {
    return (await this.backplane.history(channel, { limit: 0 })).top;
  }
}
