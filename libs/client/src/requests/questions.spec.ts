import { describe, expect, it } from 'vitest';
import { ClientRig } from '../../../../test/support/client/client-rig.js';
import { settled } from '../../../../test/support/client/fake-clock.js';
import { PASS, type Question } from './questions.js';

const ask = (rig: ClientRig, id: string, metadata: object = {}): void =>
  rig.socket.receive({ type: 'event', data: 'q', correlation_id: id, metadata: { timestamp: 1, ...metadata } });

describe('a question', () => {
  it('is answered by the first handler that does not pass', async () => {
    const rig = new ClientRig();
    await rig.connect();
    const asked: Question[] = [];
    rig.client.answer((question) => (asked.push(question), PASS));
    const off = rig.client.answer(() => Promise.resolve({ yes: true }));
    ask(rig, 'q1', { channel: 'a' });
    await settled();
    expect(asked[0]).toMatchObject({ id: 'q1', data: 'q', channel: 'a', timestamp: 1 });
    expect(rig.socket.of('ack')).toEqual([{ type: 'ack', data: { yes: true }, correlation_id: 'q1' }]);
    off();
    ask(rig, 'q2');
    await settled();
    expect(rig.socket.of('ack')).toHaveLength(1);
  });

  it('gets no answer when a handler throws, and the error is told', async () => {
    const rig = new ClientRig();
    await rig.connect();
    rig.client.answer(() => {
      throw new Error('broken');
    });
    ask(rig, 'q1');
    await settled();
    expect([rig.errors, rig.socket.of('ack')]).toEqual([[new Error('broken')], []]);
  });

  it.each([
    ['it is withdrawn', (rig: ClientRig) => ask(rig, 'q1', { kind: 'withdrawn' })],
    ['the connection is lost', (rig: ClientRig) => rig.socket.end(1006)],
  ])('is not answered once %s', async (_, withdraw) => {
    const rig = new ClientRig();
    await rig.connect();
    const socket = rig.socket;
    let give: (answer: unknown) => void = () => {};
    let signal: AbortSignal | undefined;
    rig.client.answer((question) => {
      ({ signal } = question);
      return new Promise((resolve) => (give = resolve));
    });
    ask(rig, 'q1');
    withdraw(rig);
    expect(signal?.aborted).toBe(true);
    give(1);
    await settled();
    expect(socket.of('ack')).toEqual([]);
  });
});
