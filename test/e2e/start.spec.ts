import { spawn } from 'node:child_process';
import { describe, expect, it, vi } from 'vitest';
import { API_KEY, PUBLISH_KEY, SECRET, withAuthentication } from './credentials.js';
import { MAIN, TestServer } from './test-server.js';

describe('the standalone server, when it starts', () => {
  it('prints one screen with its address, who may connect, its limits and commands to paste', async () => {
    const { stdout, port } = await TestServer.start();
    expect(stdout).toContain(`ws://127.0.0.1:${port}/ws`);
    expect(stdout).toContain('anonymous, no token asked for');
    expect(stdout).toContain('1000 connections (10 per address)');
    expect(stdout).toContain(`npx wscat -c 'ws://127.0.0.1:${port}/ws?heartbeat=frame'`);
    expect(stdout).toContain(`curl http://127.0.0.1:${port}/api/publish`);
    expect(stdout.trim().split('\n').length).toBeLessThan(24);
  });

  it('prints no secret', async () => {
    const { stdout, stderr } = await TestServer.start(withAuthentication);
    for (const secret of [SECRET, API_KEY, PUBLISH_KEY]) expect(stdout + stderr).not.toContain(secret);
  });

  it('ends with one sentence for each wrong value and exit code 1', async () => {
    const server = TestServer.spawn({ SKREAVER_WS_PING_INTERVAL: 'soon', SKREAVER_WS_LOG_LEVEL: 'loud' });
    expect(await server.exited).toBe(1);
    expect(server.stderr.trim().split('\n')).toEqual([
      expect.stringMatching(/^SKREAVER_WS_PING_INTERVAL is "soon"; allowed: a duration/),
      expect.stringMatching(/^SKREAVER_WS_LOG_LEVEL is "loud"; allowed: one of/),
    ]);
    expect(server.stdout).toBe('');
  });

  it('ends with one sentence when the port is in use', async () => {
    const { port } = await TestServer.start();
    const second = TestServer.spawn({ SKREAVER_WS_PORT: String(port) });
    expect(await second.exited).toBe(1);
    expect(second.stderr).toBe(
      `127.0.0.1:${port} is in use by another process; set SKREAVER_WS_PORT to a free port.\n`,
    );
  });

  it('serves, or ends and says so, under a low limit of open files', async () => {
    const { PATH = '' } = process.env;
    const command = `ulimit -n 120 && exec "$0" "$1"`;
    const child = spawn('sh', ['-c', command, process.execPath, MAIN], { env: { PATH, SKREAVER_WS_PORT: '0' } });
    const server = TestServer.around(child);
    await vi.waitUntil(() => server.stdout.includes('  Publish ') || child.exitCode !== null, { timeout: 20_000 });
    // Node 20 opens all modules at once, later ones do not.
    if (child.exitCode === null) return;
    await server.exited;
    expect(server.stderr).toMatch(/^Too many open files \(EMFILE\): "ulimit -n" is 120; set it above maxConnections/);
  });

  it('refuses to start in production without authentication', async () => {
    const server = TestServer.spawn({ NODE_ENV: 'production' });
    expect(await server.exited).toBe(1);
    expect(server.stderr).toMatch(/^NODE_ENV is "production" and no authentication is set; .*\n$/);
  });
});
