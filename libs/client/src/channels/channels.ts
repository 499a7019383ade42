import type { ChannelRequest, ClientMessage, ServerMessage } from '@skreaver/protocol';
import { createTimer } from '../environment/clock.js';
import type { Connection } from '../connection/connection.js';
import { type Channel, type ChannelHost, createChannel } from './channel.js';
import { type HandleHost, createHandle } from './handle.js';
import type { SubscribeOptions } from './subscribe-options.js';
import type { Subscription } from './subscription.js';

export interface ChannelsHost extends Omit<HandleHost, 'onClose'>, Omit<ChannelHost, 'onChange' | 'onUnused'> {
  readonly connection: Pick<Connection, 'send' | 'isOpen' | 'start'>;
  readonly nextId: () => string;
  readonly onIdle: () => void;
}

/**
 * Of one `subscribe` or `unsubscribe`. With names of 255 characters, positions and `join_leave` they are 750 keys and less than
 * 60 kB: a message may have 1,000 keys and 64 KiB (PROTOCOL §2).
 */
const MOST_PER_MESSAGE = 150;

/** The channels of a client. What changes in one turn goes out as one message. */
export function createChannels(host: ChannelsHost) {
  const { connection, nextId } = host;
  const table = new Map<string, Channel>();
  const changed = new Set<Channel>();
  const soon = createTimer(host.clock);

  const flush = (): void => {
    const leave: string[] = [];
    const join: ChannelRequest[] = [];
    for (const channel of connection.isOpen() ? changed : []) {
      const isWanted = table.get(channel.name) === channel;
      if (channel.leave(isWanted)) leave.push(channel.name);
      const request = isWanted && channel.request();
      if (request) join.push(request);
    }
    changed.clear();
    send('unsubscribe', leave);
    send('subscribe', join);
  };

  const send = (type: 'subscribe' | 'unsubscribe', all: readonly (string | ChannelRequest)[]): void => {
    for (let at = 0; at < all.length; at += MOST_PER_MESSAGE) {
      const channels = all.slice(at, at + MOST_PER_MESSAGE);
      const id = nextId();
      for (const each of channels) if (typeof each === 'object') table.get(each.channel)?.ask(id);
      connection.send({ type, data: { channels }, correlation_id: id } as ClientMessage);
    }
  };

  const channelHost: ChannelHost = {
    ...host,
    onChange(channel) {
      if (changed.size === 0) void Promise.resolve().then(flush);
      changed.add(channel);
    },
    onUnused(channel) {
      table.delete(channel.name);
      changed.add(channel);
      // The timers of channels that were closed together end one by one: they are left by one message all the same.
      soon(1, flush);
      host.onIdle();
    },
  };

  return {
    subscribe(name: string, options: SubscribeOptions = {}): Subscription {
      const channel = table.get(name) ?? createChannel(name, channelHost);
      table.set(name, channel);
      const handle = createHandle(name, options, { ...host, onClose: channel.remove });
      if (options.signal?.aborted) handle.subscription.close();
      else {
        connection.start();
        channel.add(handle);
      }
      return handle.subscription;
    },
    /** The socket is open, or who the client is has changed: what is not subscribed to is asked for. */
    open(): void {
      for (const channel of table.values()) changed.add(channel);
      flush();
    },
    lost(): void {
      for (const channel of table.values()) channel.ended('idle');
    },
    /** @returns whether the message was for a channel */
    take(message: ServerMessage): boolean {
      const { correlation_id: id } = message;
      if (message.type === 'subscribe_response') {
        const { subscribed, failed = [], positions = {} } = message.data;
        for (const name of subscribed) table.get(name)?.subscribed(id, positions[name]);
        for (const failure of failed) table.get(failure.channel)?.refused(id, failure);
      } else if (message.type === 'unsubscribe_response') {
        const { unsubscribed, reason: code = 'UNSUBSCRIBED' } = message.data;
        for (const name of id === undefined ? unsubscribed : []) {
          table.get(name)?.ended('failed', { code });
        }
      } else if (message.type === 'error') {
        return [...table.values()].filter((channel) => channel.refused(id, message.data)).length > 0;
      } else if (message.type === 'event') {
        const { channel } = message.metadata;
        if (channel === undefined) return false;
        table.get(channel)?.take(message);
      }
      return true;
    },
    isEmpty: () => table.size === 0,
    dispose(): void {
      for (const channel of table.values()) channel.dispose();
      table.clear();
      soon();
    },
  };
}
