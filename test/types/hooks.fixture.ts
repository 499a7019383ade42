import {
  type ConnectEvent,
  type DisconnectEvent,
  OnConnect,
  OnDisconnect,
  OnSubscribe,
  OnUnsubscribe,
  type SubscriptionEvent,
} from '../../src/index.js';

export class Hooks {
  @OnConnect()
  @OnDisconnect()
  nothing(): void {}

  @OnConnect()
  @OnSubscribe()
  async who({ identity }: ConnectEvent): Promise<string> {
    return identity.userId;
  }

  @OnDisconnect()
  why({ code, reason }: DisconnectEvent): string {
    return `${code.toFixed()} ${reason}`;
  }

  @OnUnsubscribe()
  where({ channel }: SubscriptionEvent): string {
    return channel;
  }

  @OnConnect() // must not compile: TS1241
  noChannelYet({ channel }: SubscriptionEvent): string {
    return channel;
  }

  @OnSubscribe() // must not compile: TS1241
  noCode({ code }: DisconnectEvent): number {
    return code;
  }
}
