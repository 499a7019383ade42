import { describe, expect, it } from 'vitest';
import { ManualTimerWheel } from '../../../test/support/manual-timer-wheel.js';
import { serviceRig } from '../../../test/support/service-rig.js';
import { RawJson } from '../../delivery/index.js';
import type { RunningRequest } from '../run/running-request.js';
import { LargeResponses } from './large-responses.js';

const turns = async (count: number): Promise<void> => {
  for (let turn = 0; turn < count; turn += 1) await new Promise((resolve) => void setImmediate(resolve));
};

const asking = (readRate = 1000) => {
  const wheel = new ManualTimerWheel();
  const rig = serviceRig({ readRate }, undefined, { wheel });
  const answers = new LargeResponses(rig.throttler, wheel);
  const made: string[] = [];
  const ask = (client: ReturnType<typeof rig.connect>, name: string, text = '1', running = { isOver: false }) =>
    answers.inTurn({ connection: client.connection, ...running } as RunningRequest, async () => {
      made.push(name);
      return RawJson.checked(text);
    });
  return { ...rig, wheel, made, ask };
};

describe('LargeResponses', () => {
  it('makes the responses of one connection in order, each when the socket has taken the previous one', async () => {
    const { connect, made, ask } = asking();
    const client = connect('alice');
    const release = client.socket.holdDrain();
    const all = [ask(client, 'first'), ask(client, 'second')];
    await turns(5);
    expect(made).toEqual([]);
    release();
    await Promise.all(all);
    expect(made).toEqual(['first', 'second']);
  });

  it('does not delay other connections for one that takes nothing', async () => {
    const { connect, made, ask } = asking();
    const stalled = connect('mallory');
    stalled.socket.holdDrain();
    void ask(stalled, 'never');
    await ask(connect('alice'), 'hers');
    expect(made).toEqual(['hers']);
  });

  it('makes the next response when the connection is within its rate again', async () => {
    const { connect, made, ask, throttler } = asking();
    const client = connect('alice');
    await ask(client, 'first', 'x'.repeat(3000));
    expect(throttler.readWaitMs(client.connection)).toBeGreaterThan(1500);
    void ask(client, 'second');
    await turns(5);
    expect(made).toEqual(['first']);
  });

  it('makes none for a request that is over, and goes on after one that failed', async () => {
    const { connect, made, ask } = asking();
    const client = connect('alice');
    expect(await ask(client, 'over', '1', { isOver: true })).toBeUndefined();
    await ask(client, 'next');
    expect(made).toEqual(['next']);
  });
});
