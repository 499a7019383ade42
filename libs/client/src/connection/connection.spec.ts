import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { ClientRig } from '../../../../test/support/client/client-rig.js';
import { settled } from '../../../../test/support/client/fake-clock.js';
import { FakeSocket } from '../../../../test/support/client/fake-socket.js';
import { createClient } from '../client.js';
import { UnauthorizedError } from '../errors.js';

describe('a connection', () => {
  it('is opened by the first connect, subscription or request, and by nothing before', async () => {
    for (const begin of [
      ({ client }: ClientRig) => client.connect(),
      ({ client }: ClientRig) => client.subscribe('a'),
      ({ client }: ClientRig) => void client.request('m').catch(() => {}),
      ({ client }: ClientRig) => void client.ready().catch(() => {}),
    ]) {
      const rig = new ClientRig();
      await settled();
      expect([rig.sockets.length, rig.listeners, rig.clock.timers]).toEqual([0, 0, 0]);
      begin(rig);
      begin(rig);
      await settled();
      expect([rig.sockets.length, rig.listeners]).toEqual([1, 1]);
      rig.client[Symbol.dispose]();
      expect([rig.listeners, rig.clock.timers, rig.socket.closedWith]).toEqual([0, 0, 1000]);
    }
  });

  it('is connected when it is open, if there is no token; otherwise when the token is taken', async () => {
    const anonymous = new ClientRig();
    await anonymous.connect();
    expect(anonymous.states).toEqual(['connecting', 'connected']);
    expect(anonymous.client.state).toMatchObject({ status: 'connected', userId: undefined });
    const rig = new ClientRig({ token: 't' });
    rig.client.connect();
    await settled();
    rig.socket.open();
    expect(rig.socket.sent).toEqual([{ type: 'auth', data: { token: 't' } }]);
    expect(rig.client.state.status).toBe('connecting');
    rig.accept('ann');
    expect(rig.client.state).toMatchObject({ status: 'connected', userId: 'ann', connectionId: 'c1' });
    expect(Object.isFrozen(rig.client.state)).toBe(true);
  });

  it('learns who it is when the server says so by itself', async () => {
    const rig = new ClientRig();
    await rig.connect();
    rig.accept('anonymous_7');
    expect(rig.client.state).toMatchObject({ userId: 'anonymous_7' });
    const { state } = rig.client;
    rig.accept('anonymous_7');
    expect(rig.client.state).toBe(state);
  });

  it('leaves the token to whoever opens the socket, where it is sent in the handshake', async () => {
    const rig = new ClientRig({ token: 't', tokenIn: 'handshake' });
    const socket = await rig.connect();
    expect([socket.token, socket.sent]).toEqual(['t', []]);
    rig.accept();
    expect(rig.client.state.status).toBe('connected');
  });

  it.each([
    ['https://a/ws', 'wss://a/ws'],
    ['http://a/ws', 'ws://a/ws'],
    ['wss://a/ws', 'wss://a/ws'],
    ['/ws', 'wss://page/ws'],
  ])('of %s goes to %s', async (url, target) => {
    vi.stubGlobal('location', { origin: 'https://page' });
    const rig = new ClientRig({ url: () => Promise.resolve(url) });
    await rig.connect();
    expect([rig.socket.url, rig.socket.protocol]).toEqual([target, 'skreaver.v1']);
    vi.unstubAllGlobals();
  });

  it('answers pings with what they had, and ignores what is no message', async () => {
    const rig = new ClientRig();
    const socket = await rig.connect();
    socket.receive({ type: 'ping', data: { timestamp: 5 }, correlation_id: 'p' });
    expect(socket.of('pong')).toEqual([{ type: 'pong', data: { timestamp: 5 }, correlation_id: 'p' }]);
    for (const text of ['{', 'null', '{"type":"event"}', '{"type":"of a later release"}']) socket.receiveText(text);
    expect(rig.errors).toEqual([1, 2, 3].map(() => expect.objectContaining({ code: 'PROTOCOL_ERROR' })));
    expect(rig.client.state.status).toBe('connected');
  });

  it.each([
    [1000, ''],
    [1001, ''],
    [1006, ''],
    [1012, 'SERVICE_RESTART'],
    [4002, 'SLOW_CONSUMER'],
    [4499, ''],
  ])('that ended with %i is opened again, with a delay that grows', async (code, reason) => {
    const rig = new ClientRig();
    await rig.connect();
    rig.socket.end(code, reason);
    // With dice of 0.5: 100 + 2000 / 2, then 100 + 2000 / 2, then 100 + 4000 / 2.
    for (const delay of [1_100, 1_100, 2_100]) {
      expect(rig.client.state).toMatchObject({ status: 'waiting', retryAt: rig.clock.now() + delay });
      await rig.clock.pass(delay - 1);
      const { length } = rig.sockets;
      await rig.clock.pass(1);
      expect(rig.sockets.length).toBe(length + 1);
      rig.socket.fail();
    }
    await rig.clock.pass(30_000);
    await rig.open();
    expect(rig.client.state.status).toBe('connected');
  });

  it('waits for the hint of the server, and up to a fifth longer', async () => {
    const rig = new ClientRig();
    await rig.connect();
    rig.socket.end(1012, 'SERVICE_RESTART;retry_after_ms=5000');
    expect(rig.client.state).toMatchObject({ retryAt: rig.clock.now() + 5_500, error: { code: 'SERVICE_RESTART' } });
  });

  it('begins the delays anew once it has been stable', async () => {
    const rig = new ClientRig();
    await rig.connect();
    for (const attempt of [1, 2]) {
      rig.socket.end(1006);
      expect(rig.client.state).toMatchObject({ attempt });
      await rig.clock.pass(10_000);
      await rig.open();
    }
    await rig.clock.pass(10_000);
    rig.socket.end(1006);
    expect(rig.client.state).toMatchObject({ attempt: 1 });
  });

  it('spreads the first attempt over the window that the server named', async () => {
    const rig = new ClientRig({ token: 't' });
    rig.client.connect();
    await settled();
    rig.socket.open();
    rig.accept('ann', { reconnect_window_ms: 30_000, ping_interval: 10_000 });
    rig.socket.end(1006);
    expect(rig.client.state).toMatchObject({ retryAt: rig.clock.now() + 15_100 });
  });

  it.each([1002, 1008, 4500, 4501, 4505, 4999])(
    'that ended with %i stops the client, until it is told',
    async (code) => {
      const rig = new ClientRig({ token: 't' });
      await rig.connect();
      rig.socket.end(code, 'NAME');
      await rig.clock.pass(100_000);
      rig.client.wake();
      rig.client.subscribe('a');
      expect(rig.client.state).toMatchObject({ status: 'stopped', error: { code: 'NAME', closeCode: code } });
      await expect(rig.client.ready()).rejects.toMatchObject({ closeCode: code });
      expect([rig.sockets.length, rig.listeners]).toEqual([1, 0]);
      rig.client.connect();
      await rig.open();
      expect(rig.client.state.status).toBe('connected');
    },
  );

  it('that is waited for is given up when the client is disconnected', async () => {
    const rig = new ClientRig();
    const ready = rig.client.ready().catch((error: unknown) => error);
    rig.client.disconnect();
    expect(await ready).toMatchObject({ code: 'NOT_CONNECTED' });
    expect(rig.clock.timers).toBe(0);
  });

  it('stops after as many attempts as it may make', async () => {
    const rig = new ClientRig({ reconnect: { maxAttempts: 2 } });
    rig.client.connect();
    for (let attempt = 0; attempt < 3; attempt += 1) {
      await settled();
      rig.socket.fail();
      await rig.clock.pass(30_000);
    }
    expect([rig.sockets.length, rig.client.state.status]).toEqual([3, 'stopped']);
  });

  it('gives up an attempt that takes too long, whatever it waits for', async () => {
    for (const options of [
      {},
      { url: () => new Promise<string>(() => {}) },
      { getToken: () => new Promise<null>(() => {}) },
    ]) {
      const rig = new ClientRig(options);
      rig.client.connect();
      await rig.clock.pass(10_000);
      expect(rig.client.state).toMatchObject({ status: 'waiting', error: { code: 'TIMEOUT' } });
      rig.client[Symbol.dispose]();
    }
  });

  it('is given up where no sign of life comes, and opened again', async () => {
    const rig = new ClientRig();
    const socket = await rig.connect();
    await rig.clock.pass(45_000);
    expect(socket.of('ping')).toHaveLength(1);
    await rig.clock.pass(8_000);
    expect([socket.closedWith, rig.client.state.status]).toEqual([1000, 'waiting']);
  });

  it('hears nothing of a socket that it has let go of', async () => {
    const rig = new ClientRig();
    const socket = await rig.connect();
    rig.client.disconnect();
    socket.end(1006);
    socket.fail();
    socket.receive({ type: 'ping' });
    expect(rig.states.slice(2)).toEqual(['idle']);
    await rig.clock.pass(100_000);
    expect(rig.sockets).toHaveLength(1);
  });

  it('may be ended by whoever listens to its states', async () => {
    for (const status of ['connecting', 'connected', 'waiting']) {
      const rig = new ClientRig();
      rig.client.on('state', ({ state }) => state.status === status && rig.client.disconnect());
      rig.client.connect();
      await settled();
      rig.sockets.at(-1)?.open();
      if (status === 'waiting') rig.socket.end(1006);
      await rig.clock.pass(60_000);
      expect([rig.client.state.status, rig.clock.timers]).toEqual(['idle', 0]);
    }
  });

  it('reports an attempt for which there is no WebSocket', async () => {
    vi.stubGlobal('WebSocket', undefined);
    const client = createClient({ url: 'ws://a', environment: null });
    client.connect();
    await settled();
    expect(client.state).toMatchObject({ status: 'waiting', error: { code: 'CONNECT_FAILED' } });
    client.disconnect();
    vi.stubGlobal('WebSocket', FakeSocket);
    client.connect();
    await settled();
    expect(client.state.status).toBe('connecting');
    client[Symbol.dispose]();
    vi.unstubAllGlobals();
  });

  it('shows its frames, and never the token', async () => {
    const rig = new ClientRig({ token: 'secret' });
    const frames: string[] = [];
    rig.client.on('frame', ({ direction, text }) => frames.push(`${direction} ${text}`));
    await rig.connect();
    expect(frames[0]).toBe('out {"type":"auth"}');
    expect(frames.join()).not.toContain('secret');
    expect(frames[1]).toMatch(/^in .*auth_response/);
  });
});

describe('what happens around a connection', () => {
  it('a wake probes a connection', async () => {
    const rig = new ClientRig();
    const socket = await rig.connect();
    rig.tell('wake');
    rig.tell('offline');
    expect(socket.of('ping')).toHaveLength(1);
    await rig.clock.pass(8_000);
    expect(rig.client.state.status).toBe('waiting');
  });

  it('a wake ends the wait for the next attempt, at most once a second', async () => {
    const rig = new ClientRig();
    await rig.connect();
    rig.socket.end(1012, 'SERVICE_RESTART;retry_after_ms=60000');
    rig.tell('wake');
    await rig.clock.pass(150);
    expect(rig.sockets).toHaveLength(2);
    rig.socket.end(1012, 'SERVICE_RESTART;retry_after_ms=60000');
    rig.tell('wake');
    rig.tell('wake');
    await rig.clock.pass(900);
    expect(rig.sockets).toHaveLength(2);
    await rig.clock.pass(300);
    expect(rig.sockets).toHaveLength(3);
  });

  it('a wake never delays an attempt', async () => {
    const rig = new ClientRig();
    await rig.connect();
    rig.socket.end(1012, 'SERVICE_RESTART;retry_after_ms=10');
    rig.tell('wake');
    await rig.clock.pass(12);
    expect(rig.sockets).toHaveLength(2);
  });

  it('a wake gives up an attempt that has been under way for long', async () => {
    const rig = new ClientRig();
    rig.client.connect();
    await rig.clock.pass(1_000);
    rig.tell('wake');
    await rig.clock.pass(1_500);
    expect(rig.sockets).toHaveLength(1);
    rig.tell('wake');
    await settled();
    expect(rig.sockets.map(({ state }) => state)).toEqual(['closed', 'connecting']);
  });

  it('a wake does not revive a client that was disconnected', async () => {
    const rig = new ClientRig();
    await rig.connect();
    rig.client.disconnect();
    rig.tell('wake');
    rig.client.wake();
    await rig.clock.pass(100_000);
    expect(rig.client.state.status).toBe('idle');
  });

  it('a page that is frozen gives its connection up, and comes back when it wakes', async () => {
    const rig = new ClientRig();
    const socket = await rig.connect();
    rig.tell('freeze');
    expect([socket.closedWith, rig.client.state]).toEqual([
      1000,
      expect.objectContaining({ status: 'waiting', retryAt: Infinity }),
    ]);
    await rig.clock.pass(3_600_000);
    expect(rig.sockets).toHaveLength(1);
    rig.tell('wake');
    await rig.clock.pass(1_300);
    await rig.open();
    expect(rig.client.state.status).toBe('connected');
  });

  it('a page that is hidden for long does so too, where that is wanted', async () => {
    const rig = new ClientRig({ pauseWhenHidden: 60_000 });
    await rig.connect();
    rig.tell('hidden');
    rig.tell('wake');
    rig.socket.receive({ type: 'pong' });
    await rig.clock.pass(40_000);
    rig.tell('hidden');
    rig.socket.receive({ type: 'pong' });
    await rig.clock.pass(30_000);
    rig.socket.receive({ type: 'pong' });
    expect(rig.client.state.status).toBe('connected');
    await rig.clock.pass(30_000);
    expect(rig.client.state).toMatchObject({ status: 'waiting', retryAt: Infinity });
  });

  it('a client that nobody uses disconnects, where that is wanted', async () => {
    const rig = new ClientRig({ closeWhenIdle: 5_000 });
    const subscription = rig.client.subscribe('a');
    await rig.open();
    await rig.clock.pass(20_000);
    expect(rig.client.state.status).toBe('connected');
    subscription.close();
    await rig.clock.pass(5_300);
    expect([rig.client.state.status, rig.clock.timers]).toEqual(['idle', 0]);
  });
});

describe('a token', () => {
  it('is asked for only when there is none', async () => {
    const getToken = vi.fn<() => string>(() => 'new');
    const rig = new ClientRig({ getToken });
    await rig.connect();
    rig.socket.end(1006);
    await rig.clock.pass(10_000);
    await rig.open();
    expect(getToken.mock.calls).toEqual([[{ reason: 'connect', signal: expect.anything() }]]);
    expect(rig.sockets.map((socket) => socket.of('auth')[0]?.data.token)).toEqual(['new', 'new']);
  });

  it('is asked for anew once its time is over, as after a sleep', async () => {
    const reasons: string[] = [];
    const rig = new ClientRig({ getToken: ({ reason }) => (reasons.push(reason), reason) });
    rig.client.connect();
    await settled();
    rig.socket.open();
    rig.accept('ann', { expires_in: 600 });
    rig.socket.end(1006);
    rig.clock.sleep(8 * 3_600_000);
    await rig.clock.pass(0);
    await rig.open();
    expect(reasons).toEqual(['connect', 'expired']);
    rig.socket.end(4004, 'SESSION_EXPIRED');
    await rig.clock.pass(10_000);
    expect(reasons).toEqual(['connect', 'expired', 'expired']);
  });

  it('is renewed before its end, on the same connection', async () => {
    const reasons: string[] = [];
    const rig = new ClientRig({ getToken: ({ reason }) => (reasons.push(reason), reason) });
    rig.client.connect();
    await settled();
    rig.socket.open();
    rig.accept('ann', { expires_in: 600 });
    await rig.clock.pass(0);
    for (let at = 0; at < 540; at += 30) {
      expect(reasons).toEqual(['connect']);
      await rig.clock.pass(30_000);
      rig.socket.receive({ type: 'ping' });
    }
    expect(reasons).toEqual(['connect', 'expiring']);
    expect(rig.socket.of('auth').map(({ data }) => data.token)).toEqual(['connect', 'expiring']);
    expect(rig.sockets).toHaveLength(1);
  });

  it('that cannot be renewed now is tried again, and the session goes on', async () => {
    const answers = [() => 'a', () => Promise.reject(new Error('no network')), () => 'b'];
    const rig = new ClientRig({ getToken: () => answers.shift()?.() ?? null });
    rig.client.connect();
    await settled();
    rig.socket.open();
    rig.accept('ann', { expires_in: 20 });
    await rig.clock.pass(10_000);
    expect(rig.errors).toEqual([new Error('no network')]);
    await rig.clock.pass(7_500);
    expect(rig.socket.of('auth').map(({ data }) => data.token)).toEqual(['a', 'b']);
    rig.refuse('UNAVAILABLE', { retry_after_ms: 1_000 });
    expect(rig.client.state.status).toBe('connected');
  });

  it('that was refused is asked for once more on the same connection, then the client stops', async () => {
    const reasons: string[] = [];
    const rig = new ClientRig({ token: 'old', getToken: ({ reason }) => (reasons.push(reason), 'new') });
    rig.client.subscribe('a');
    await settled();
    rig.socket.open();
    rig.refuse();
    rig.socket.receive({ type: 'error', data: { code: 'AUTHENTICATION_REQUIRED', message: '' }, correlation_id: 'c1' });
    await settled();
    rig.accept();
    expect(rig.socket.sent.map(({ type }) => type)).toEqual(['auth', 'subscribe', 'auth', 'subscribe']);
    expect([reasons, rig.client.state.status]).toEqual([['refused'], 'connected']);
    rig.client.setToken('bad');
    rig.refuse();
    await rig.open();
    rig.refuse();
    await settled();
    rig.refuse();
    expect(rig.client.state).toMatchObject({ status: 'stopped', error: { code: 'UNAUTHORIZED' } });
  });

  it('that was refused in the handshake is asked for once more too', async () => {
    let asked = 0;
    const rig = new ClientRig({ tokenIn: 'handshake', getToken: () => `${(asked += 1)}` });
    for (const token of ['1', '2']) {
      rig.client.connect();
      await rig.open();
      expect(rig.socket.token).toBe(token);
      rig.refuse();
      rig.socket.end(4500, 'AUTHENTICATION_FAILED');
      await rig.clock.pass(30_000);
    }
    expect([asked, rig.client.state.status]).toEqual([2, 'stopped']);
  });

  it('of another user opens another connection; one of the same user renews the session', async () => {
    const rig = new ClientRig({ token: 'a' });
    const socket = await rig.connect();
    rig.client.setToken('b');
    expect(socket.of('auth')).toHaveLength(2);
    rig.accept();
    expect(rig.sockets).toHaveLength(1);
    rig.client.setToken('of bob');
    rig.refuse();
    await rig.open('bob');
    expect([rig.sockets.length, rig.client.state]).toEqual([2, expect.objectContaining({ userId: 'bob' })]);
    rig.client.setToken(null);
    await rig.open();
    expect([rig.sockets.length, rig.socket.sent]).toEqual([3, []]);
  });

  it('starts a client again that was stopped', async () => {
    const rig = new ClientRig({
      getToken: () => {
        throw new UnauthorizedError();
      },
    });
    rig.client.connect();
    await settled();
    expect(rig.client.state).toMatchObject({ status: 'stopped', error: { message: 'UNAUTHORIZED' } });
    rig.client.setToken('t');
    await rig.open();
    expect(rig.client.state.status).toBe('connected');
  });

  it('that could not be fetched is tried again with the next attempt', async () => {
    let asked = 0;
    const rig = new ClientRig({ getToken: () => ((asked += 1) === 1 ? Promise.reject(new Error('offline')) : 'b') });
    rig.client.connect();
    await settled();
    expect(rig.client.state).toMatchObject({ status: 'waiting', error: { cause: new Error('offline') } });
    await rig.clock.pass(5_000);
    await rig.open();
    expect(rig.client.state.status).toBe('connected');
  });

  it.each([
    ['its socket opens', false],
    ['its token is answered', true],
  ])('that is replaced before %s is not used, so that nothing is done as its user', async (_when, isOpen) => {
    const rig = new ClientRig({ token: 'of ann' });
    rig.client.connect();
    await settled();
    if (isOpen) rig.socket.open();
    rig.client.setToken('of bob');
    await settled();
    rig.socket.open();
    expect([rig.sockets.length, rig.sockets[0]?.state]).toEqual([2, 'closed']);
    expect(rig.socket.of('auth').map(({ data }) => data)).toEqual([{ token: 'of bob' }]);
  });

  it('that could not be checked is sent again where there is no other', async () => {
    const rig = new ClientRig({ token: 'a' });
    const socket = await rig.connect();
    rig.client.setToken('b');
    rig.refuse('UNAVAILABLE', { retry_after_ms: 100 });
    await rig.clock.pass(200);
    expect(socket.of('auth').map(({ data }) => data.token)).toEqual(['a', 'b', 'b']);
  });

  it('is not asked for after the attempt was given up', async () => {
    let give: (url: string) => void = () => {};
    let asked = 0;
    const rig = new ClientRig({
      url: () => new Promise((resolve) => (give = resolve)),
      getToken: () => `t${(asked += 1)}`,
    });
    rig.client.connect();
    rig.client.disconnect();
    give('ws://server/ws');
    await settled();
    expect([asked, rig.sockets]).toEqual([0, []]);
  });
});

describe('a listener that throws', () => {
  const failing = (message: string) => () => {
    throw new Error(message);
  };

  it('at an error of another one is an unhandled rejection, and keeps nothing from going on', async () => {
    const rig = new ClientRig();
    const reject = vi.spyOn(Promise, 'reject').mockReturnValue(new Promise(() => {}));
    onTestFinished(() => reject.mockRestore());
    rig.client.on('state', failing('state'));
    rig.client.on('error', failing('error'));
    await rig.connect();
    expect(rig.client.state.status).toBe('connected');
    expect(rig.errors).toEqual([new Error('state'), new Error('state')]);
    expect(reject.mock.calls).toEqual([[new Error('error')], [new Error('error')]]);
  });
});
