import {
  type Client,
  type ClientOptions,
  type EnvironmentEvent,
  createClient,
} from '../../../libs/client/src/index.js';
import type { SubscribeResponseMessage } from '@skreaver/protocol';
import { FakeClock, settled } from './fake-clock.js';
import { FakeSocket } from './fake-socket.js';

type Positions = SubscribeResponseMessage['data']['positions'];

/** A client whose server, clock, dice and page are the test's. */
export class ClientRig {
  readonly clock = new FakeClock();
  readonly sockets: FakeSocket[] = [];
  readonly states: string[] = [];
  readonly errors: unknown[] = [];
  readonly client: Client;
  tell: (event: EnvironmentEvent) => void = () => {};
  listeners = 0;

  constructor(options: Partial<ClientOptions> = {}) {
    this.client = createClient({
      url: 'ws://server/ws',
      random: () => 0.5,
      clock: this.clock,
      openSocket: (url, protocol, token) => {
        const socket = new FakeSocket(url, protocol, token);
        this.sockets.push(socket);
        return socket;
      },
      environment: (tell) => {
        this.tell = tell;
        this.listeners += 1;
        return () => {
          this.listeners -= 1;
          this.tell = () => {};
        };
      },
      ...options,
    });
    this.client.on('state', ({ state }) => this.states.push(state.status));
    this.client.on('error', (error) => this.errors.push(error));
  }

  /** The newest one. */
  get socket(): FakeSocket {
    const socket = this.sockets.at(-1);
    if (!socket) throw new Error('The client has opened no socket.');
    return socket;
  }

  /** Opens the newest socket, and takes the token if there is one. */
  async open(userId = 'ann'): Promise<FakeSocket> {
    await settled();
    const { socket } = this;
    socket.open();
    if (socket.of('auth').length > 0) this.accept(userId);
    await settled();
    return socket;
  }

  async connect(): Promise<FakeSocket> {
    this.client.connect();
    return this.open();
  }

  accept(userId = 'ann', more: object = {}): void {
    const data = { success: true, user_id: userId, connection_id: `c${this.sockets.length}`, ...more };
    this.socket.receive({ type: 'auth_response', data });
  }

  refuse(code = 'AUTHENTICATION_FAILED', details?: object): void {
    this.socket.receive({
      type: 'auth_response',
      data: { success: false, error: { code, message: 'No.', details } },
    });
  }

  /** Answers the newest `subscribe`. */
  async subscribed(positions?: Positions, failed?: object[]): Promise<void> {
    const ask = this.socket.of('subscribe').at(-1);
    const channels = (ask?.data.channels ?? []).map((each) => (typeof each === 'string' ? each : each.channel));
    const subscribed = channels.filter(
      (name) => !failed?.some((each) => (each as { channel: string }).channel === name),
    );
    const data = { success: !failed, subscribed, positions, failed };
    this.socket.receive({ type: 'subscribe_response', data, correlation_id: ask?.correlation_id });
    await settled();
  }

  event(channel: string, data: unknown, metadata: object = {}): void {
    this.socket.receive({ type: 'event', data, metadata: { channel, timestamp: 1, ...metadata } });
  }

  /** An event of a channel with history, whose data is its offset. */
  at(channel: string, offset: number, metadata: object = {}): void {
    this.event(channel, offset, { epoch: 'e', offset, ...metadata });
  }

  /** Answers the newest request. */
  async respond(data: object): Promise<void> {
    const request = this.socket.of('request').at(-1);
    this.socket.receive({ type: 'response', data, correlation_id: request?.correlation_id });
    await settled();
  }
}

export const position = (offset: number, recovered = false, epoch = 'e') => ({ epoch, offset, recovered });
