import 'reflect-metadata';
import { Injectable, Module } from '@nestjs/common';
import { DiscoveryModule, DiscoveryService, LazyModuleLoader, ModulesContainer } from '@nestjs/core';
import { Test } from '@nestjs/testing';
import { describe, expect, it, vi } from 'vitest';
import { ProviderScan } from './provider-scan.js';

async function scanned() {
  const module = await Test.createTestingModule({ imports: [DiscoveryModule] }).compile();
  const discovery = module.get(DiscoveryService);
  const scan = new ProviderScan(discovery, module.get(ModulesContainer), () => {});
  scan.next();
  return { scan, discovery, lazy: module.get(LazyModuleLoader) };
}

/** A module whose one provider is made when the promise resolves. */
function slowModule(made: Promise<void>) {
  @Injectable()
  class Slow {}
  @Module({ providers: [{ provide: Slow, useFactory: () => made.then(() => new Slow()) }] })
  class SlowModule {}
  return { Slow, SlowModule };
}

describe('ProviderScan', () => {
  it('is not behind while no module is added', async () => {
    const { scan } = await scanned();
    expect([scan.isBehind, scan.next()]).toEqual([false, []]);
  });

  it('lists the providers of a lazily loaded module once, when they are made', async () => {
    const { scan, lazy } = await scanned();
    let make = (): void => {};
    const { Slow, SlowModule } = slowModule(new Promise((resolve) => (make = resolve)));
    const loading = lazy.load(() => SlowModule);
    await vi.waitUntil(() => scan.isBehind, 20_000);
    const early = scan.next().map(({ host }) => host.constructor);
    make();
    await loading;
    expect(scan.isBehind).toBe(true);
    const late = scan.next().map(({ host }) => host.constructor);
    expect([...early, ...late].filter((type) => type === Slow)).toEqual([Slow]);
    expect([scan.isBehind, scan.next()]).toEqual([false, []]);
  });

  it('does not list all providers again while a module never finishes loading', async () => {
    const { scan, discovery, lazy } = await scanned();
    const { SlowModule } = slowModule(new Promise(() => {}));
    void lazy.load(() => SlowModule);
    await vi.waitUntil(() => scan.isBehind, 20_000);
    const list = vi.spyOn(discovery, 'getProviders');
    // Nest adds a module first and its providers in later turns, so a few scans may follow.
    for (let turns = 0; turns < 20; turns += 1) {
      if (scan.isBehind) scan.next();
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(list.mock.calls.length).toBeLessThan(5);
    expect(scan.isBehind).toBe(false);
  });
});
