import { EngineProxy } from '../../support/engine-proxy.js';
import { keptData } from '../../support/kept-data.js';
import { type TestApp, startApp, testAuth } from '../../support/test-app.js';
import { CuttingProxy } from '../../torture/cutting-proxy.js';
import { Harassment } from '../../torture/harassment.js';
import { LabMethods } from './lab-methods.js';

const CUTS = { bytes: 6_000, extraMs: 300 };
const history = { size: 10_000, ttl: 3_600_000 };
const CHANNELS = {
  'kept*': { history, clientPublish: true },
  'room*': { history, presence: true, joinLeave: true },
  'plain*': { clientPublish: true },
  'lossy*': { history, overflow: 'drop_oldest' as const },
  'short*': { history: { ...history, size: 20 }, overflow: 'drop_oldest' as const },
  'agent:*': { history, clientPublish: true },
};

/** An application with a proxy before it that cuts at once, and one that cuts at any byte. */
export class LabApp {
  private harassment: Harassment | undefined;

  private constructor(
    private readonly app: TestApp,
    private readonly proxy: EngineProxy,
    private readonly cutting: CuttingProxy,
    private readonly methods: LabMethods,
  ) {}

  static async start(options: object, atEnd: (end: () => Promise<void>) => void): Promise<LabApp> {
    const methods = new LabMethods();
    const providers = [{ provide: LabMethods, useValue: methods }];
    const app = await startApp({ ...testAuth, presenceLeaveDelay: 20, channels: CHANNELS, ...options }, { providers });
    const proxy = await EngineProxy.start(app.port, atEnd);
    const cutting = await CuttingProxy.start(app.port);
    atEnd(() => cutting.close());
    return new LabApp(app, proxy, cutting, methods);
  }

  get urls() {
    const through = ({ port }: { readonly port: number }): string => `ws://127.0.0.1:${port}/ws`;
    return { url: through(this.proxy), harassed_url: through(this.cutting), direct_url: through(this.app) };
  }

  /** What a test may ask for, by name. */
  readonly operations: Readonly<Record<string, (args: never) => unknown>> = {
    broadcast: ({ channel, data }: { channel: string; data: unknown }) =>
      this.app.subscriptions.broadcast(channel, data),
    broadcast_many: async ({ channel, count, pad = 0 }: { channel: string; count: number; pad?: number }) => {
      const filler = 'x'.repeat(pad);
      for (let n = 1; n <= count; n += 1)
        await this.app.subscriptions.broadcast(channel, pad === 0 ? n : { n, filler });
    },
    history: ({ channel }: { channel: string }) => keptData(this.app.subscriptions, channel),
    clear_history: ({ channel }: { channel: string }) => this.app.subscriptions.clearHistory(channel),
    subscribers: ({ channel }: { channel: string }) =>
      this.app.subscriptions.channels().find((count) => count.channel === channel)?.subscribers ?? 0,
    send_to_user: ({ user, data }: { user: string; data: unknown }) => this.app.subscriptions.sendToUser(user, data),
    ask_user: ({ user, data, timeout }: { user: string; data: unknown; timeout: number }) =>
      this.app.subscriptions.ask({ user }, data, { timeout }),
    disconnect_user: ({ user }: { user: string }) => this.app.subscriptions.disconnectUser(user),
    revoke: ({ user, channel }: { user: string; channel: string }) => this.app.subscriptions.revoke(user, channel),
    connections: () => this.app.registry.list().length,
    aborted: () => this.methods.aborted,
    cut: () => this.proxy.cut(),
    refuse: () => this.proxy.refuse(),
    accept: () => this.proxy.accept(),
    silence: ({ is_silent: isSilent }: { is_silent: boolean }) => void (this.proxy.isSilent = isSilent),
    harass: () => void (this.harassment = new Harassment(this.cutting, CUTS)),
    spare: () => this.spare(),
  };

  /** @returns how often it was cut */
  private spare(): number {
    this.harassment?.end();
    return this.harassment?.cuts ?? 0;
  }
}
