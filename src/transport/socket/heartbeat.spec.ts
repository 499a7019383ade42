import { CloseCode } from '@skreaver/protocol';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { TimerWheel } from '../../timers/index.js';
import { Frame } from '../outbound/frame.js';
import { Heartbeat, type HeartbeatConfig } from './heartbeat.js';

const TICK = 50;
const config: HeartbeatConfig = { pingInterval: 30_000, pongTimeout: 10_000, connectionTimeout: 60_000 };

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance', 'Date'] });
  // The first ping comes after half an interval.
  vi.spyOn(Math, 'random').mockReturnValue(0.5);
});
afterEach(() => {
  vi.restoreAllMocks();
  vi.useRealTimers();
});

class Peer {
  lastReceivedAt = performance.now();
  isBehind = false;
  readonly pings: { at: number; frame: Frame }[] = [];
  readonly ends: { at: number; code: number }[] = [];
  readonly heartbeat: Heartbeat;
  /** Milliseconds after which the peer answers a ping; undefined if it never answers. */
  answersAfter: number | undefined;
  private readonly wheel = new TimerWheel(TICK, () => performance.now());

  constructor(settings: Partial<HeartbeatConfig> = {}, mode: 'message' | 'frame' = 'message') {
    this.heartbeat = new Heartbeat(this, this.wheel, { ...config, ...settings }, mode);
  }

  get armed(): number {
    return this.wheel.size;
  }

  push(frame: Frame): void {
    this.pings.push({ at: performance.now(), frame });
    if (this.answersAfter !== undefined) setTimeout(() => this.pong(), this.answersAfter);
  }

  pong(): void {
    this.lastReceivedAt = performance.now();
    this.heartbeat.pong();
  }

  closeAndDestroy(code: CloseCode): void {
    this.ends.push({ at: performance.now(), code });
    this.heartbeat.stop();
  }
}

const isWithinTwoTicksOf = (due: number) => (at: number | undefined) =>
  at !== undefined && at >= due && at <= due + 2 * (TICK + 1);

describe('a heartbeat', () => {
  it('pings for the first time at a random phase of the interval, then once per interval', () => {
    const peer = new Peer();
    peer.answersAfter = 20;
    vi.advanceTimersByTime(110_000);
    const at = peer.pings.map((ping) => ping.at);
    expect(at).toHaveLength(4);
    expect(at[0]).toSatisfy(isWithinTwoTicksOf(15_000));
    for (let index = 1; index < 4; index += 1) {
      expect(at[index]).toSatisfy(isWithinTwoTicksOf((at[index - 1] as number) + 30_000));
    }
  });

  it('pings in a hundred groups per interval, so that the process rarely wakes up', () => {
    vi.spyOn(Math, 'random').mockRestore();
    const peers: Peer[] = [];
    for (let at = 0; at < 1000; at += 1) {
      vi.advanceTimersByTime(7);
      peers.push(new Peer());
    }
    vi.advanceTimersByTime(30_000);
    expect(peers.every(({ pings }) => pings.length === 1)).toBe(true);
    const afterGroup = peers.flatMap(({ pings }) => pings.map(({ at }) => at % 300));
    expect(Math.max(...afterGroup)).toBeLessThanOrEqual(2 * TICK);
  });

  it('keeps an idle peer alive that answers in time, for several times every timeout', () => {
    const peer = new Peer();
    peer.answersAfter = 9900;
    vi.advanceTimersByTime(3 * 60_000 + 3 * 30_000);
    expect(peer.ends).toEqual([]);
    expect(peer.pings.length).toBeGreaterThanOrEqual(8);
  });

  it('closes with 4001 when no pong comes within pongTimeout', () => {
    const peer = new Peer();
    vi.advanceTimersByTime(60_000);
    expect(peer.ends.map(({ code }) => code)).toEqual([CloseCode.PongTimeout]);
    expect(peer.ends[0]?.at).toSatisfy(isWithinTwoTicksOf((peer.pings[0]?.at ?? 0) + 10_000));
    expect(peer.pings).toHaveLength(1);
    expect(peer.armed).toBe(0);
  });

  it('closes with 4001 a peer that sends other messages but no pong', () => {
    const peer = new Peer();
    for (let second = 0; second < 40; second += 1) {
      vi.advanceTimersByTime(1000);
      peer.lastReceivedAt = performance.now();
    }
    expect(peer.ends.map(({ code }) => code)).toEqual([CloseCode.PongTimeout]);
  });

  it('closes with 4000 when nothing is received for connectionTimeout before the pong is due', () => {
    const peer = new Peer({ connectionTimeout: 20_000 });
    vi.advanceTimersByTime(60_000);
    expect(peer.ends.map(({ code }) => code)).toEqual([CloseCode.ConnectionTimeout]);
    expect(peer.ends[0]?.at).toSatisfy(isWithinTwoTicksOf(20_000));
  });

  it('accepts one pong as the answer to each ping, and no other', () => {
    const peer = new Peer();
    expect(peer.heartbeat.pong()).toBe(false);
    vi.advanceTimersByTime(16_000);
    expect(peer.pings).toHaveLength(1);
    expect([peer.heartbeat.pong(), peer.heartbeat.pong()]).toEqual([true, false]);
  });

  it('counts a pong as received, so that connectionTimeout starts anew', () => {
    const peer = new Peer({ connectionTimeout: 31_000 });
    peer.answersAfter = 10;
    vi.advanceTimersByTime(200_000);
    expect(peer.ends).toEqual([]);
    peer.answersAfter = undefined;
    vi.advanceTimersByTime(60_000);
    expect(peer.ends).toHaveLength(1);
  });

  it('allows another round when our side still has frames of the peer to handle', () => {
    const peer = new Peer();
    vi.advanceTimersByTime(20_000);
    peer.isBehind = true;
    vi.advanceTimersByTime(10_000);
    expect(peer.ends).toEqual([]);
    peer.isBehind = false;
    peer.pong();
    vi.advanceTimersByTime(12_000);
    expect(peer.ends).toEqual([]);
  });

  it('closes after the other round when there still is no pong', () => {
    const peer = new Peer();
    vi.advanceTimersByTime(20_000);
    peer.isBehind = true;
    vi.advanceTimersByTime(10_000);
    peer.isBehind = false;
    vi.advanceTimersByTime(10_000);
    expect(peer.ends.map(({ code }) => code)).toEqual([CloseCode.PongTimeout]);
  });

  it.each([2000, 15_000, 200_000])('does not blame the peer for a stall of ours of %i ms', (stall) => {
    const peer = new Peer();
    vi.advanceTimersByTime(15_100);
    expect(peer.pings).toHaveLength(1);
    // No timer runs while the loop stalls, and the pong waits in the socket.
    const before = performance.now();
    const clock = vi.spyOn(performance, 'now').mockReturnValue(before + 10_000 + stall);
    vi.advanceTimersToNextTimer();
    expect(peer.ends).toEqual([]);
    peer.pong();
    clock.mockReturnValue(before + 10_000 + stall + 10_100);
    vi.advanceTimersToNextTimer();
    expect(peer.ends).toEqual([]);
  });

  it('blames the peer for a deadline that we missed by less than a second', () => {
    const peer = new Peer();
    vi.advanceTimersByTime(15_100);
    vi.spyOn(performance, 'now').mockReturnValue(performance.now() + 10_800);
    vi.advanceTimersToNextTimer();
    expect(peer.ends.map(({ code }) => code)).toEqual([CloseCode.PongTimeout]);
  });

  it('does nothing more once stopped', () => {
    const peer = new Peer();
    peer.heartbeat.stop();
    vi.advanceTimersByTime(120_000);
    expect([peer.pings, peer.ends, peer.armed]).toEqual([[], [], 0]);
  });
});

describe('a ping', () => {
  it('is a message with the time by default', () => {
    const peer = new Peer();
    vi.advanceTimersByTime(16_000);
    const text = peer.pings[0]?.frame.bytes.subarray(2).toString() ?? '';
    const sentAt = Date.now() - (performance.now() - (peer.pings[0]?.at ?? 0));
    expect(JSON.parse(text)).toEqual({ type: 'ping', data: { timestamp: sentAt } });
  });

  it('is an RFC 6455 ping in frame mode', () => {
    const peer = new Peer({}, 'frame');
    vi.advanceTimersByTime(16_000);
    expect(peer.pings.map(({ frame }) => frame)).toEqual([Frame.ping]);
  });

  it('is one frame for all peers that are pinged within a millisecond', () => {
    const [one, other] = [new Peer(), new Peer()];
    vi.advanceTimersByTime(16_000);
    expect(one.pings[0]?.frame).toBeInstanceOf(Frame);
    expect(other.pings[0]?.frame).toBe(one.pings[0]?.frame);
  });
});
