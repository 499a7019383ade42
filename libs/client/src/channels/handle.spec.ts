import { describe, expect, it } from 'vitest';
import { ClientRig, position } from '../../../../test/support/client/client-rig.js';
import { settled } from '../../../../test/support/client/fake-clock.js';
import type { Loaded, SubscribeOptions } from './subscribe-options.js';

/** Loads when the test says so. */
const loads = () => {
  const pending: { resolve: (loaded: Loaded) => void; reject: (error: unknown) => void; signal: AbortSignal }[] = [];
  const load = ({ signal }: { signal: AbortSignal }): Promise<Loaded> =>
    new Promise((resolve, reject) => pending.push({ resolve, reject, signal }));
  return { pending, load };
};

const loading = async (options: SubscribeOptions = {}) => {
  const rig = new ClientRig();
  const { pending, load } = loads();
  const log: unknown[] = [];
  const subscription = rig.client.subscribe('a', {
    onEvent: ({ data }) => log.push(data),
    onState: (state) => log.push(state),
    onReset: ({ reason }) => log.push(reason),
    onError: ({ code }) => log.push(code),
    load,
    ...options,
  });
  await rig.open();
  await rig.subscribed({ a: position(10) });
  return { rig, pending, log, subscription };
};

describe('load', () => {
  it('tells what is missing between an old state and the first event', async () => {
    const { rig, pending, log, subscription } = await loading();
    subscription.on('gap', (gap) => log.push(gap));
    pending[0]?.resolve({ state: 'old', position: { epoch: 'e', offset: 8 } });
    await settled();
    rig.at('a', 11);
    expect(log).toEqual(['new', 'old', { from: 9, to: 10 }, 11]);
  });

  it('holds the events until the state is there, and skips those that the state contains', async () => {
    const { rig, pending, log } = await loading();
    for (const offset of [11, 12, 13]) rig.at('a', offset);
    expect(log).toEqual(['new']);
    pending[0]?.resolve({ state: 'S', position: { epoch: 'e', offset: 12 } });
    await settled();
    rig.at('a', 14);
    expect(log).toEqual(['new', 'S', 13, 14]);
  });

  it('is done again after a reset, and what an earlier one returns is not taken', async () => {
    const { rig, pending, log } = await loading();
    rig.at('a', 11);
    rig.socket.end(1006);
    await rig.clock.pass(30_000);
    await rig.open();
    await rig.subscribed({ a: position(50) });
    expect(pending.map(({ signal }) => signal.aborted)).toEqual([true, false]);
    pending[0]?.resolve({ state: 'old' });
    rig.at('a', 51);
    pending[1]?.resolve({ state: 'new state' });
    await settled();
    expect(log).toEqual(['new', 'unrecovered', 'new state', 51]);
  });

  it('goes on over a reconnect that recovers, and keeps what it holds', async () => {
    const { rig, pending, log } = await loading();
    rig.at('a', 11);
    rig.socket.end(1006);
    await rig.clock.pass(30_000);
    await rig.open();
    await rig.subscribed({ a: position(12, true) });
    rig.at('a', 12);
    pending[0]?.resolve({ state: 'S' });
    await settled();
    expect(log).toEqual(['new', 'S', 11, 12]);
  });

  it('that fails is reported and done again, while the events wait', async () => {
    const { rig, pending, log } = await loading();
    rig.at('a', 11);
    pending[0]?.reject(new Error('503'));
    await settled();
    await rig.clock.pass(2_000);
    expect(pending).toHaveLength(2);
    pending[1]?.resolve({ state: 'S' });
    await settled();
    expect(log).toEqual(['new', 'LOAD_FAILED', 'S', 11]);
  });

  it('begins anew when more events wait than may: what it loads then contains them', async () => {
    const { rig, pending, log } = await loading({ buffer: 2 });
    for (const offset of [11, 12, 13, 14]) rig.at('a', offset);
    expect(pending[0]?.signal.aborted).toBe(true);
    await rig.clock.pass(2_000);
    rig.at('a', 15);
    pending[1]?.resolve({ state: 'S14', position: { epoch: 'e', offset: 14 } });
    await settled();
    expect(log).toEqual(['new', 'QUEUE_FULL', 'S14', 15]);
  });

  it('is given up when the handle is closed', async () => {
    const { rig, pending, log, subscription } = await loading();
    subscription.close();
    pending[0]?.resolve({ state: 'S' });
    rig.at('a', 11);
    await settled();
    expect([log, pending[0]?.signal.aborted]).toEqual([['new'], true]);
  });
});

const past = (offset: number, kind?: string) => ({
  data: offset,
  metadata: { channel: 'a', timestamp: 1, epoch: 'e', offset, ...(kind && { kind }) },
});

describe('replay', () => {
  it('gives the last events of the history, oldest first, and then those that came meanwhile', async () => {
    const { rig, log } = await loading({ load: undefined as never, replay: { last: 2 } });
    rig.at('a', 11);
    expect(rig.socket.of('request')[0]?.data.params).toEqual({ channel: 'a', limit: 2, reverse: true });
    const events = [past(11), past(10)];
    await rig.respond({ status: 'success', result: { events, epoch: 'e', offset: 11 } });
    rig.at('a', 12);
    expect(log).toEqual(['new', 10, 11, 12]);
  });

  it('skips no event where more come meanwhile than it asks for', async () => {
    const { rig, log } = await loading({ load: undefined as never, replay: { last: 1 } });
    for (const offset of [11, 12]) rig.at('a', offset);
    await rig.respond({ status: 'success', result: { events: [past(12)], epoch: 'e', offset: 12 } });
    expect(log).toEqual(['new', 11, 12]);
  });

  it('that is not permitted is reported, and the live events come', async () => {
    const { rig, log } = await loading({ load: undefined as never, replay: { last: 2 } });
    rig.at('a', 11);
    await rig.respond({ status: 'error', error: { code: 'PERMISSION_DENIED', message: 'No.' } });
    expect(log).toEqual(['new', 11, 'LOAD_FAILED']);
    expect(rig.clock.timers).toBeLessThanOrEqual(3);
  });
});

describe('a gap', () => {
  it('is filled from the history where that was asked for', async () => {
    const { rig, log, subscription } = await loading({ load: undefined as never, gaps: 'fill' });
    const gaps: unknown[] = [];
    subscription.on('gap', (gap) => gaps.push(gap));
    rig.at('a', 14, { gap: { from: 11, to: 13 } });
    rig.at('a', 15);
    const params = rig.socket.of('request')[0]?.data.params;
    expect(params).toEqual({ channel: 'a', since: { epoch: 'e', offset: 10 }, limit: 1_000 });
    await rig.respond({
      status: 'success',
      result: { events: [past(11), past(12, 'skipped'), past(13)], epoch: 'e', offset: 15 },
    });
    await rig.respond({ status: 'success', result: { events: [past(14), past(15)], epoch: 'e', offset: 15 } });
    rig.at('a', 16);
    expect([log, gaps]).toEqual([['new', 11, 13, 14, 15, 16], []]);
  });

  it('is told where the history has nothing of it', async () => {
    const { rig, log, subscription } = await loading({ load: undefined as never, gaps: 'fill' });
    const gaps: unknown[] = [];
    subscription.on('gap', (gap) => gaps.push(gap));
    rig.at('a', 14, { gap: { from: 11, to: 13 } });
    await rig.respond({ status: 'success', result: { events: [], epoch: 'e', offset: 14 } });
    expect([log, gaps]).toEqual([['new', 14], [{ from: 11, to: 13 }]]);
  });

  it('is told as far as the history has lost it', async () => {
    const { rig, log, subscription } = await loading({ load: undefined as never, gaps: 'fill' });
    const gaps: unknown[] = [];
    subscription.on('gap', (gap) => gaps.push(gap));
    rig.at('a', 14, { gap: { from: 11, to: 13 } });
    await rig.respond({ status: 'success', result: { events: [past(13), past(14)], epoch: 'e', offset: 14 } });
    expect([log, gaps]).toEqual([['new', 13, 14], [{ from: 11, to: 12 }]]);
  });
});
