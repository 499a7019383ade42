import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type AddressClaim, type BackplaneHealth, MemoryBackplane } from '../backplane/index.js';
import { SkreaverWsConfig, resolveConfig } from '../config/index.js';
import { ClusterAddressLimit } from './cluster-address-limit.js';

interface Claim {
  readonly claims: readonly AddressClaim[];
  readonly answer: (...taken: number[]) => void;
  readonly fail: () => void;
}

const LIVE: BackplaneHealth = { state: 'live', since: 0 };
const DEGRADED: BackplaneHealth = { state: 'degraded', since: 0 };

class HeldBackplane extends MemoryBackplane {
  readonly held: Claim[] = [];
  override health: BackplaneHealth = LIVE;

  override claim(claims: readonly AddressClaim[]): Promise<readonly number[]> {
    return new Promise((resolve, reject) => {
      this.held.push({ claims, answer: (...taken) => resolve(taken), fail: () => reject(new Error('refused')) });
    });
  }
}

const ADDRESS = '192.0.2.1';

function rig(maxConnectionsPerIpInCluster = 2) {
  const backplane = new HeldBackplane(1024);
  const limit = new ClusterAddressLimit(resolveConfig({ maxConnectionsPerIpInCluster }), backplane);
  const local = { release: vi.fn<() => void>() };
  const open = (address = ADDRESS) => limit.extend(local, address);
  const said = (index: number) => backplane.held[index]?.claims;
  return { backplane, limit, local, open, said };
}

const turn = () => vi.advanceTimersByTimeAsync(0);
const claim = (held: number, wanted: number, address = ADDRESS): AddressClaim => ({ address, held, wanted });

describe('ClusterAddressLimit', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it('is off by default', () => {
    expect(rig(new SkreaverWsConfig().maxConnectionsPerIpInCluster).limit.isEnabled).toBe(false);
  });

  it('refuses what the backplane does not grant, and releases its place on this node', async () => {
    const { backplane, open, local } = rig();
    const opening = open();
    backplane.held[0]?.answer(0);
    await expect(opening).rejects.toMatchObject({ details: { scope: 'address', max: 2 } });
    expect(local.release).toHaveBeenCalledOnce();
  });

  it('claims one /64 for all of its addresses', () => {
    const { open, said } = rig();
    void open('2001:db8::1');
    expect(said(0)).toEqual([claim(0, 1, '2001:db8:0:0::/64')]);
  });

  it('sends what comes during a claim with the next one', async () => {
    const { backplane, open, said } = rig();
    const first = open();
    const others = [open(), open('192.0.2.2'), open()];
    expect(backplane.held).toHaveLength(1);
    backplane.held[0]?.answer(1);
    await first;
    await turn();
    expect(said(1)).toEqual([claim(1, 2), claim(0, 1, '192.0.2.2')]);
    backplane.held[1]?.answer(1, 1);
    const results = await Promise.allSettled(others);
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'rejected']);
    await turn();
    expect(backplane.held).toHaveLength(2);
  });

  it('gives a place back once', async () => {
    const { backplane, open, said, local } = rig();
    const opening = open();
    backplane.held[0]?.answer(1);
    const permit = await opening;
    await turn();
    permit.release();
    permit.release();
    expect(said(1)).toEqual([claim(0, 0)]);
    backplane.held[1]?.answer(0);
    await turn();
    expect(backplane.held).toHaveLength(2);
    expect(local.release).toHaveBeenCalledOnce();
  });

  it('decides alone when a claim takes too long, and says what it decided', async () => {
    const { backplane, open, said } = rig();
    const opened = [open(), open()];
    await vi.advanceTimersByTimeAsync(250);
    await Promise.all(opened);
    await expect(open()).rejects.toMatchObject({ details: { scope: 'address' } });
    expect(backplane.held).toHaveLength(1);
    backplane.held[0]?.answer(0);
    await turn();
    expect(said(1)).toEqual([claim(2, 0)]);
  });

  it('says what it decided alone even if nobody else comes', async () => {
    const { backplane, open, said } = rig();
    const opened = open();
    await vi.advanceTimersByTimeAsync(250);
    await opened;
    backplane.held[0]?.answer(0);
    await turn();
    expect(said(1)).toEqual([claim(1, 0)]);
  });

  it('decides alone at once while the backplane is away, and says so when it is back', async () => {
    const { backplane, limit, open, said } = rig();
    backplane.health = DEGRADED;
    const [first] = await Promise.all([open(), open()]);
    await expect(open()).rejects.toMatchObject({ details: { scope: 'address' } });
    first.release();
    await open('192.0.2.2');
    expect(backplane.held).toHaveLength(0);
    backplane.health = LIVE;
    limit.onRestored();
    expect(said(0)).toEqual([claim(1, 0), claim(1, 0, '192.0.2.2')]);
  });

  it('takes back what it said before the backplane was away', async () => {
    const { backplane, limit, open, said } = rig();
    const opening = open();
    backplane.held[0]?.answer(1);
    const permit = await opening;
    await turn();
    backplane.health = DEGRADED;
    permit.release();
    backplane.health = LIVE;
    limit.onRestored();
    expect(said(1)).toEqual([claim(0, 0)]);
  });

  it('decides alone when a claim is refused, and claims again a second later', async () => {
    const { backplane, open, said } = rig();
    const opening = open();
    backplane.held[0]?.fail();
    await opening;
    await vi.advanceTimersByTimeAsync(999);
    expect(backplane.held).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(1);
    expect(said(1)).toEqual([claim(1, 0)]);
  });

  it('claims at most 500 addresses at once', async () => {
    const { backplane, open, said } = rig();
    const opened = Array.from({ length: 700 }, (_, index) => open(`10.0.${index >> 8}.${index & 255}`));
    expect(said(0)).toHaveLength(1);
    backplane.held[0]?.answer(1);
    await turn();
    expect(said(1)).toHaveLength(500);
    backplane.held[1]?.answer(...Array<number>(500).fill(1));
    await turn();
    expect(said(2)).toHaveLength(199);
    backplane.held[2]?.answer(...Array<number>(199).fill(1));
    await Promise.all(opened);
  });
});
