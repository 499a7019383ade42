import type { IncomingMessage } from 'node:http';
import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { ManualTimerWheel } from '../../../test/support/manual-timer-wheel.js';
import { ForeignUpgrades } from './foreign-upgrades.js';

const request = { url: '/other' } as IncomingMessage;

class FakeSocket extends PassThrough {
  bytesWritten = 0;
}

function rig(max = 10) {
  const wheel = new ManualTimerWheel();
  const turnedAway: [unknown, number][] = [];
  const upgrades = new ForeignUpgrades(wheel, max, (_request, socket, { status }) => turnedAway.push([socket, status]));
  return { wheel, turnedAway, upgrades };
}

describe('upgrades that are left to other listeners', () => {
  it('are rejected when they have not been answered in time', () => {
    const { wheel, turnedAway, upgrades } = rig();
    const socket = new FakeSocket();
    expect(upgrades.watch(request, socket)).toBe(true);
    expect(turnedAway).toEqual([]);
    wheel.passTime();
    expect(turnedAway).toEqual([[socket, 404]]);
    expect(wheel.size).toBe(0);
  });

  it('are left alone when they have been answered, or are gone', () => {
    const { wheel, turnedAway, upgrades } = rig();
    const [answered, gone] = [new FakeSocket(), new FakeSocket()];
    answered.bytesWritten = 500;
    for (const socket of [answered, gone]) upgrades.watch(request, socket);
    answered.bytesWritten += 1;
    gone.destroy();
    wheel.passTime();
    expect(turnedAway).toEqual([]);
  });

  it('are limited in number, without those that have been answered', () => {
    const { turnedAway, upgrades } = rig(2);
    const answered = new FakeSocket();
    upgrades.watch(request, answered);
    upgrades.watch(request, new FakeSocket());
    const over = new FakeSocket();
    expect(upgrades.watch(request, over)).toBe(false);
    expect(turnedAway).toEqual([[over, 503]]);
    answered.bytesWritten = 1;
    expect(upgrades.watch(request, new FakeSocket())).toBe(true);
  });

  it('are rejected at once by a drain', () => {
    const { wheel, turnedAway, upgrades } = rig();
    const socket = new FakeSocket();
    upgrades.watch(request, socket);
    upgrades.drain();
    expect(turnedAway).toEqual([[socket, 503]]);
    expect(wheel.size).toBe(0);
  });
});
