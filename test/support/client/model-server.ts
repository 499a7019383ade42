import type { ClientMessage, Position } from '@skreaver/protocol';
import type { FakeSocket } from './fake-socket.js';

interface Published {
  readonly offset: number;
  readonly data: unknown;
}

/** A plain server of one channel, for a client whose messages it answers when it is told to. */
export class ModelServer {
  epoch = 'e1';
  private log: Published[] = [];
  private last = 0;
  private keys = new Map<string, number>();
  private answered = new Map<FakeSocket, number>();
  private readonly subscribed = new Set<FakeSocket>();
  /** All that was ever published. */
  readonly published: unknown[] = [];

  publish(socket: FakeSocket | undefined, data: unknown): number {
    this.last += 1;
    this.log.push({ offset: this.last, data });
    this.published.push(data);
    if (socket?.state === 'open' && this.subscribed.has(socket)) this.deliver(socket, { offset: this.last, data });
    return this.last;
  }

  /** As a restart does, but for the keys of publications: those that a server forgets, it publishes again. */
  forget(): void {
    this.epoch = `e${Number(this.epoch.slice(1)) + 1}`;
    this.log = [];
    this.last = 0;
  }

  /** Drops the oldest half of what is kept. */
  trim(): void {
    this.log.splice(0, Math.ceil(this.log.length / 2));
  }

  /** Answers up to so many of the messages that the client has sent. */
  answer(socket: FakeSocket, count: number): void {
    for (let left = count; left > 0 && socket.state === 'open'; left -= 1) {
      const at = this.answered.get(socket) ?? 0;
      const message = socket.sent[at];
      if (!message) return;
      this.answered.set(socket, at + 1);
      this.take(socket, message);
    }
  }

  /** Does what the client asked for, and the connection is cut before it hears of it. */
  lose(socket: FakeSocket): void {
    socket.isMuted = true;
    this.answer(socket, Infinity);
    if (socket.state !== 'closed') socket.end(1006);
  }

  private take(socket: FakeSocket, message: ClientMessage): void {
    const { correlation_id } = message;
    if (message.type === 'auth') {
      const isGood = message.data.token.startsWith('good');
      const error = { code: 'AUTHENTICATION_FAILED', message: '' };
      const identity = { success: true, user_id: 'ann', connection_id: 'c', expires_in: 60_000 };
      socket.receive({ type: 'auth_response', data: isGood ? identity : { success: false, error } });
    } else if (message.type === 'subscribe') {
      for (const each of message.data.channels) {
        const since = typeof each === 'string' ? undefined : (each.since as Position | undefined);
        this.subscribe(socket, since, correlation_id);
      }
    } else if (message.type === 'unsubscribe') {
      this.subscribed.delete(socket);
      const data = { success: true, unsubscribed: message.data.channels };
      socket.receive({ type: 'unsubscribe_response', data, correlation_id });
    } else if (message.type === 'request') {
      const result = message.data.method === 'publish' ? this.publishFor(socket, message.data.params) : 'done';
      socket.receive({ type: 'response', data: { status: 'success', result }, correlation_id });
    } else if (message.type === 'ping') socket.receive({ type: 'pong', correlation_id });
  }

  private subscribe(socket: FakeSocket, since: Position | undefined, correlation_id?: string): void {
    const oldest = (this.log[0]?.offset ?? this.last + 1) - 1;
    const isKept = since?.epoch === this.epoch && since.offset >= oldest && since.offset <= this.last;
    const recovered = isKept && !this.subscribed.has(socket);
    const positions = { a: { epoch: this.epoch, offset: this.last, recovered } };
    socket.receive({
      type: 'subscribe_response',
      data: { success: true, subscribed: ['a'], positions },
      correlation_id,
    });
    this.subscribed.add(socket);
    if (!recovered) return;
    for (const event of this.log) if (event.offset > (since?.offset ?? 0)) this.deliver(socket, event);
  }

  private publishFor(socket: FakeSocket, params: unknown): object {
    const { data, idempotency_key: key = '' } = params as { data: unknown; idempotency_key?: string };
    const known = this.keys.get(key);
    const offset = known ?? this.publish(socket, data);
    if (key !== '') this.keys.set(key, offset);
    return { delivered: 1, epoch: this.epoch, offset };
  }

  private deliver(socket: FakeSocket, { offset, data }: Published): void {
    socket.receive({ type: 'event', data, metadata: { channel: 'a', timestamp: 1, epoch: this.epoch, offset } });
  }
}
