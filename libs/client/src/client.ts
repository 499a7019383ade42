import { createChannels } from './channels/channels.js';
import { type ConsumeHandler, type ConsumeOptions, createConsumer } from './channels/consumer.js';
import { type HistoryReader, historyPage } from './channels/history.js';
import type { SubscribeOptions } from './channels/subscribe-options.js';
import type { Client, ClientEvents } from './client-api.js';
import { type ClientOptions, settingsOf } from './client-options.js';
import { backoff } from './connection/backoff.js';
import { createConnection } from './connection/connection.js';
import type { AnyContract, Contract } from './contract.js';
import { dispose } from './dispose.js';
import { createEmitter } from './emitter.js';
import { createTimer, systemClock } from './environment/clock.js';
import { pageEvents } from './environment/environment.js';
import { createMembersStore } from './presence/members-store.js';
import { createPublish } from './requests/publish.js';
import { createQuestions } from './requests/questions.js';
import type { RequestOptions } from './requests/request-options.js';
import { createRequests } from './requests/requests.js';
import { type StreamOptions, openStream } from './requests/response-stream.js';
import { type Wait, waitForStatus } from './wait.js';

/** Tells the runtime of an error that nobody else hears. */
const unhandled = (thrown: unknown): void => void Promise.reject(thrown);

/**
 * Makes a client. Nothing is connected, and no global is touched, before the first `connect`, subscription or request.
 * @example
 * ```ts
 * import { createClient } from '@skreaver/client';
 *
 * const client = createClient({ url: 'wss://example.com/ws', token: 'secret' });
 * client.subscribe('agent-updates', { onEvent: ({ data }) => console.log(data) });
 * await client.publish('agent-updates', { status: 'idle' });
 * ```
 */
export function createClient<C extends Contract = AnyContract>(options: ClientOptions): Client<C> {
  const settings = settingsOf(options);
  const clock = settings.clock ?? systemClock;
  const random = settings.random ?? Math.random;
  const hidden = createTimer(clock);
  const unused = createTimer(clock);
  const events = createEmitter<ClientEvents>((error, event) => (event === 'error' ? unhandled : onThrow)(error));
  let count = 0;
  let endEnvironment: (() => void) | undefined;

  const nextId = (): string => `c${(count += 1)}`;
  const onError = (error: unknown): void => void events.emit('error', error);
  /** An error of the application's own code is never swallowed. */
  const onThrow = (thrown: unknown): void => {
    if (!events.emit('error', thrown)) unhandled(thrown);
  };

  const connection = createConnection(settings, clock, random, {
    onState(state, previous) {
      listen(state.status !== 'idle' && state.status !== 'stopped');
      events.emit('state', { state, previous });
    },
    onOpen: () => channels.open(),
    onTaking() {
      requests.flush();
      onIdle();
    },
    onMessage(message) {
      if (message.type === 'response') requests.take(message);
      else if (message.type === 'event' && questions.take(message)) return;
      else if (channels.take(message)) return;
      else if (message.type === 'event') events.emit('direct', message);
      else if (message.type === 'error') onError(message.data);
    },
    onLost(error, isOver) {
      questions.lost();
      channels.lost();
      requests.lost(error, isOver);
    },
    onError,
    onFrame: (direction, text) => void events.emit('frame', { direction, text }),
  });

  const onIdle = (): void => {
    if (!settings.closeWhenIdle) return;
    unused(settings.closeWhenIdle, () => {
      if (channels.isEmpty() && requests.isEmpty()) connection.disconnect();
    });
  };

  const listen = (isListening: boolean): void => {
    if (!isListening) {
      endEnvironment?.();
      endEnvironment = undefined;
      hidden();
    } else if (settings.environment !== null) {
      endEnvironment ??= (settings.environment ?? pageEvents)((event) => {
        hidden();
        if (event === 'wake') connection.wake();
        else if (event === 'offline') connection.probe();
        else if (event === 'freeze') connection.pause();
        else if (settings.pauseWhenHidden) hidden(settings.pauseWhenHidden, connection.pause);
      });
    }
  };

  const host = {
    connection,
    clock,
    random,
    nextId,
    onThrow,
    onError,
    onIdle,
    ...settings,
    send: connection.send,
    backoff: (failures: number) => backoff(failures + 1, settings.reconnect, random),
    read: (method: string, params: object, wait?: RequestOptions) =>
      requests.call({ ...wait, method, params, isRepeatable: () => true }),
    history: ((channel, given, wait) =>
      host.read('history', { channel, ...given }, wait).then(historyPage)) as HistoryReader,
    subscribe: (channel: string, given?: SubscribeOptions) => channels.subscribe(channel, given),
  };
  const channels = createChannels(host);
  const requests = createRequests(host);
  const questions = createQuestions(connection.send, onThrow);
  const publish = createPublish(requests, random);

  const client = {
    get state() {
      return connection.state();
    },
    connect: connection.connect,
    disconnect: connection.disconnect,
    wake: connection.wake,
    setToken: (token: string | null) => connection.setToken(token ?? undefined),
    ready(wait?: Wait) {
      connection.start();
      return waitForStatus(clock, wait, 'connected', ['idle', 'stopped'], connection.state, (look) =>
        events.on('state', look),
      );
    },
    subscribe: host.subscribe,
    consume: (channel: string, handle: ConsumeHandler, given?: ConsumeOptions) =>
      createConsumer(host, channel, handle, given),
    request: (method: string, params: unknown, given: RequestOptions) => requests.call({ ...given, method, params }),
    stream: (method: string, params: unknown, given?: StreamOptions) => openStream(requests, method, params, given),
    publish,
    history: host.history,
    members: (channel: string) => createMembersStore(host, channel),
    answer: questions.answer,
    on: events.on,
    [dispose]() {
      connection.disconnect();
      unused();
      channels.dispose();
    },
  };
  // The contract is of types alone: nothing here knows it.
  return client as unknown as Client<C>;
}
