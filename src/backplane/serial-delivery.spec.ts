import { describe, expect, it } from 'vitest';
import type { Publication } from './backplane.js';
import { SerialDelivery } from './serial-delivery.js';

const publication = (dataJson: string): Publication => ({
  channel: 'chat',
  dataJson,
  timestamp: 0,
  position: undefined,
  kind: undefined,
});

describe('SerialDelivery', () => {
  it('delivers synchronously when no delivery is in progress', () => {
    const turn = new SerialDelivery();
    expect(turn.deliver({ deliver: () => 3 }, publication('1'))).toBe(3);
  });

  it('queues publications made during a delivery, in order, and gives each its own result', async () => {
    const turn = new SerialDelivery();
    const log: string[] = [];
    const made: (number | Promise<number>)[] = [];
    const node = {
      deliver({ dataJson }: Publication): number {
        log.push(`begin ${dataJson}`);
        if (dataJson === '1') made.push(turn.deliver(node, publication('2')), turn.deliver(node, publication('3')));
        log.push(`end ${dataJson}`);
        return Number(dataJson);
      },
    };
    expect(turn.deliver(node, publication('1'))).toBe(1);
    expect(log).toEqual(['begin 1', 'end 1', 'begin 2', 'end 2', 'begin 3', 'end 3']);
    expect([await made[0], await made[1]]).toEqual([2, 3]);
  });

  it('rejects the publication for which the node throws, and goes on with the next', async () => {
    const turn = new SerialDelivery();
    let later: number | Promise<number> | undefined;
    let last: number | Promise<number> | undefined;
    const node = {
      deliver({ dataJson }: Publication): number {
        if (dataJson === '1') {
          later = turn.deliver(node, publication('2'));
          last = turn.deliver(node, publication('3'));
        }
        if (dataJson === '3') return 3;
        throw new Error(`broken at ${dataJson}`);
      },
    };
    expect(() => turn.deliver(node, publication('1'))).toThrow('broken at 1');
    await expect(later).rejects.toThrow('broken at 2');
    expect(await last).toBe(3);
    expect(turn.deliver(node, publication('3'))).toBe(3);
  });
});
