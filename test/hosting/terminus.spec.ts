import { type BeforeApplicationShutdown, Controller, Get, Injectable } from '@nestjs/common';
import { HealthCheck, HealthCheckService, TerminusModule } from '@nestjs/terminus';
import { MemoryBackplane, SkreaverWsModule, type SkreaverWsModuleOptions } from '@skreaver/nestjs-ws';
import { SkreaverWsHealthIndicator } from '@skreaver/nestjs-ws/terminus';
import { describe, expect, it } from 'vitest';
import { hostApp } from '../support/host-app.js';

@Controller('health')
class HealthController {
  constructor(
    private readonly health: HealthCheckService,
    private readonly websocket: SkreaverWsHealthIndicator,
  ) {}

  @Get('ready')
  @HealthCheck()
  ready() {
    return this.health.check([() => this.websocket.isReady('websocket')]);
  }

  @Get('capacity')
  @HealthCheck()
  capacity() {
    return this.health.check([() => this.websocket.hasCapacity('capacity')]);
  }

  @Get('headroom')
  @HealthCheck()
  headroom() {
    return this.health.check([() => this.websocket.hasCapacity('capacity', { maxLoad: 0.5 })]);
  }

  @Get('mistake')
  mistake(): unknown {
    try {
      return this.websocket.hasCapacity('capacity', { maxLoad: 90 });
    } catch (error) {
      return { name: (error as Error).name, message: (error as Error).message };
    }
  }
}

class DegradedBackplane extends MemoryBackplane {
  override readonly health = { state: 'degraded', since: Date.now(), reason: 'The engine does not answer.' } as const;

  constructor() {
    super(1_000_000);
  }
}

/** Asks for readiness while the application shuts down. */
@Injectable()
class Orchestrator implements BeforeApplicationShutdown {
  probe = (): Promise<unknown> => Promise.resolve();
  answer: unknown;

  async beforeApplicationShutdown(): Promise<void> {
    this.answer = await this.probe();
  }
}

async function start(options: SkreaverWsModuleOptions = {}) {
  const app = await hostApp({
    imports: [TerminusModule.forRoot({ logger: false }), SkreaverWsModule.forRoot({ maxConnections: 2, ...options })],
    controllers: [HealthController],
    providers: [SkreaverWsHealthIndicator, Orchestrator],
  });
  const ask = async (name: string): Promise<{ status: number; body: unknown }> => {
    const answer = await fetch(`${app.httpUrl}/health/${name}`);
    return { status: answer.status, body: await answer.json() };
  };
  return { ...app, ask };
}

describe('SkreaverWsHealthIndicator', () => {
  it('is up with the number of connections', async () => {
    const { ask, connect } = await start();
    await connect();
    const { status, body } = await ask('ready');
    expect([status, body]).toMatchObject([
      200,
      { details: { websocket: { status: 'up', connections: 1, backplane: 'live' } } },
    ]);
  });

  it('is up, and says that the backplane is degraded, while the engine is away', async () => {
    const { ask } = await start({ backplane: { useFactory: () => new DegradedBackplane() } });
    const { status, body } = await ask('ready');
    expect([status, body]).toMatchObject([
      200,
      { details: { websocket: { status: 'up', backplane: 'degraded', reason: 'The engine does not answer.' } } },
    ]);
  });

  it('is down while the engine is away, where readiness needs it', async () => {
    const { ask } = await start({
      backplane: { useFactory: () => new DegradedBackplane() },
      readyNeedsBackplane: true,
    });
    expect(await ask('ready')).toMatchObject({
      status: 503,
      body: { error: { websocket: { status: 'down', backplane: 'degraded' } } },
    });
  });

  it('is down, because it is draining, from the first hook of a shutdown on', async () => {
    const { app, ask } = await start();
    const orchestrator = app.get(Orchestrator);
    orchestrator.probe = () => ask('ready');
    await app.close();
    expect(orchestrator.answer).toMatchObject({
      status: 503,
      body: { error: { websocket: { status: 'down', draining: true } } },
    });
  });

  it('has capacity below maxLoad of maxConnections', async () => {
    const { ask, connect } = await start();
    await connect();
    expect(await ask('capacity')).toMatchObject({
      status: 200,
      body: { details: { capacity: { connections: 1, maxConnections: 2 } } },
    });
    expect(await ask('headroom')).toMatchObject({
      status: 503,
      body: { error: { capacity: { status: 'down', message: '1 of 2 connections are open.' } } },
    });
    await connect();
    expect((await ask('capacity')).status).toBe(503);
  });

  it('refuses a maxLoad that is no part of one', async () => {
    const { ask } = await start();
    expect((await ask('mistake')).body).toEqual({
      name: 'RangeError',
      message: 'maxLoad is 90; give a number above 0 and up to 1.',
    });
  });
});
