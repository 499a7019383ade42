import { describe, expect, it, vi } from 'vitest';
import { ManualTimerWheel } from '../../test/support/manual-timer-wheel.js';
import { serviceRig } from '../../test/support/service-rig.js';
import { type AskOutcome, BackplaneUnavailableError, MemoryBackplane } from '../backplane/index.js';

/** A backplane whose other nodes say what the test says. */
class Elsewhere extends MemoryBackplane {
  outcome: () => Promise<AskOutcome> = async () => ({ asked: 0, refused: 0 });

  override ask(): Promise<AskOutcome> {
    return this.outcome();
  }
}

function rigOf(outcome: () => Promise<AskOutcome>) {
  const backplane = new Elsewhere(1_000_000);
  backplane.outcome = outcome;
  const wheel = new ManualTimerWheel();
  const rig = serviceRig({ broadcastBufferSize: 8 }, undefined, { backplane, wheel });
  return { ...rig, wheel };
}

describe('Asker', () => {
  it.each([
    [{ asked: 0, refused: 0 }, 'CONNECTION_NOT_FOUND'],
    [{ asked: 0, refused: 2 }, 'RATE_LIMIT_EXCEEDED'],
    [{ asked: 1, refused: 0 }, 'CONNECTION_CLOSED'],
    [{ asked: 1, refused: 2 }, 'CONNECTION_CLOSED'],
  ])('rejects when nobody answered, of %j with %s', async (outcome, code) => {
    const { asker, wheel } = rigOf(async () => outcome);
    await expect(asker.ask({ user: 'ann' }, 1, {})).rejects.toMatchObject({ code });
    expect(wheel.size).toBe(0);
  });

  it('names the limit where everybody was left out', async () => {
    const { asker } = rigOf(async () => ({ asked: 0, refused: 1 }));
    await expect(asker.ask({ user: 'ann' }, 1, {})).rejects.toMatchObject({ details: { max: 8 } });
  });

  it('rejects with what the backplane throws, and leaves no deadline', async () => {
    const outage = new BackplaneUnavailableError('not_done');
    const { asker, wheel } = rigOf(() => Promise.reject(outage));
    await expect(asker.ask({ user: 'ann' }, 1, {})).rejects.toBe(outage);
    expect(wheel.size).toBe(0);
  });

  it('rejects in time where the backplane never settles', async () => {
    const { asker, wheel } = rigOf(() => new Promise(() => {}));
    const asked = asker.ask({ user: 'ann' }, 1, {});
    wheel.passTime();
    await expect(asked).rejects.toMatchObject({ code: 'REQUEST_TIMEOUT' });
  });

  it('asks a connection of this node without the backplane', async () => {
    const outcome = vi.fn<() => Promise<AskOutcome>>();
    const { asker, asks, connect } = rigOf(outcome);
    const { connection, socket } = connect('ann');
    const asked = asker.ask(connection.id, 1, {});
    const text = socket.frames[0]?.bytes.toString('utf8') ?? '';
    const { correlation_id } = JSON.parse(text.slice(text.indexOf('{'))) as { correlation_id: string };
    asks.answer(connection, correlation_id, 'yes');
    expect(await asked).toBe('yes');
    expect(outcome).not.toHaveBeenCalled();
  });
});
