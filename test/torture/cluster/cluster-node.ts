import { EngineProxy } from '../../support/engine-proxy.js';
import { TorturedServer } from './tortured-server.js';

/** A server of one process, with a proxy to its engine. */
export class ClusterNode extends TorturedServer {
  private constructor(
    name: string,
    readonly engine: EngineProxy,
    env: Readonly<Record<string, string>>,
  ) {
    super(name, { SKREAVER_WS_REDIS_URL: engine.url, ...env });
  }

  static async start(name: string, redis: number, env: Readonly<Record<string, string>>): Promise<ClusterNode> {
    const node = new ClusterNode(name, await EngineProxy.start(redis), env);
    await node.run();
    return node;
  }
}
