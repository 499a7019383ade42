import { PASS } from '@skreaver/client';
import { describe, expect, it } from 'vitest';
import { ReactRig } from '../../../test/support/react/react-rig.js';
import { useQuestions } from './use-questions.js';

async function started() {
  const rig = ReactRig.start();
  const shown = await rig.render(() => useQuestions(), 2);
  await rig.acted(() => rig.connect());
  const ask = (id: string, metadata: object = {}): Promise<void> =>
    rig.acted(() =>
      rig.socket.receive({ type: 'event', data: id, metadata: { timestamp: 1, ...metadata }, correlation_id: id }),
    );
  return { rig, shown, ask };
}

describe('the questions of components', () => {
  it('are the same for all of them until one is answered', async () => {
    const { rig, shown, ask } = await started();
    await ask('one');
    await ask('two');
    expect(shown.current.questions.map(({ data }) => data)).toEqual(['one', 'two']);
    await rig.acted(() => shown.current.answer('one', { approved: true }));
    await rig.acted(() => shown.current.answer('one', { approved: false }));
    expect(shown.current.questions.map(({ id }) => id)).toEqual(['two']);
    expect(rig.socket.of('ack').map(({ data, correlation_id: id }) => [id, data])).toEqual([
      ['one', { approved: true }],
    ]);
    expect(rig.logged).toEqual([]);
  });

  it('go when they are withdrawn', async () => {
    const { rig, shown, ask } = await started();
    await ask('one');
    await ask('one', { kind: 'withdrawn' });
    expect(shown.current.questions).toEqual([]);
    await rig.acted(() => shown.current.answer('one', 1));
    expect(rig.socket.of('ack')).toEqual([]);
  });

  it('are left to others by PASS, and when the last component goes', async () => {
    const { rig, shown, ask } = await started();
    const others: unknown[] = [];
    rig.client.answer(({ id }) => {
      others.push(id);
      return PASS;
    });
    await ask('one');
    await rig.acted(() => shown.current.answer('one', PASS));
    await ask('two');
    await shown.unmount();
    expect(others).toEqual(['one', 'two']);
    await ask('three');
    expect(others).toEqual(['one', 'two', 'three']);
  });
});
