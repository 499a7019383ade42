import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { parse } from 'yaml';
import { DEPLOY, shipped } from './shipped-file.js';

const secrets = {
  SKREAVER_WS_JWT_SECRET: 'a-secret-of-no-less-than-32-bytes!',
  SKREAVER_WS_PUBLISH_KEYS: 'publish-key-of-some-length',
  SKREAVER_WS_METRICS_KEY: 'metrics-key-of-some-length',
  GRAFANA_PASSWORD: 'grafana-password',
};

interface Service {
  readonly image?: string;
  readonly build?: { readonly context: string; readonly dockerfile: string };
  readonly volumes?: readonly string[];
  readonly environment?: Record<string, string>;
}

const { services } = parse(shipped('compose/compose.yaml')) as { services: Record<string, Service> };

function compose(env: Record<string, string>, ...files: string[]): { status: number | null; said: string } {
  const home = mkdtempSync(join(tmpdir(), 'compose-'));
  onTestFinished(() => rmSync(home, { recursive: true }));
  const { PATH = '' } = process.env;
  // So that no .env of the developer is read.
  const none = join(home, 'none');
  writeFileSync(none, '');
  const args = ['--project-directory', join(DEPLOY, 'compose'), '--env-file', none];
  const named = ['compose.yaml', ...files].flatMap((file) => ['-f', join(DEPLOY, 'compose', file)]);
  const { status, stdout, stderr } = spawnSync('/usr/bin/docker-compose', [...args, ...named, 'config'], {
    cwd: home,
    env: { PATH, HOME: home, ...env },
    encoding: 'utf8',
  });
  return { status, said: stdout + stderr };
}

describe('the compose file', () => {
  it('is one that Docker Compose accepts', () => {
    expect(compose(secrets)).toMatchObject({ status: 0 });
  });

  it('is one that Docker Compose accepts for two servers too, which Caddy knows', () => {
    const { status, said } = compose(secrets, 'compose.cluster.yaml');
    expect(status).toBe(0);
    const { services: both } = parse(said) as { services: Record<string, Service> };
    const nodes = Object.keys(both).filter((name) => both[name]?.environment?.['SKREAVER_WS_REDIS_URL'] !== undefined);
    expect(nodes.map((name) => `${name}:8080`).join(' ')).toBe(both['caddy']?.environment?.['NODES']);
    expect(nodes).toHaveLength(2);
    const { scrape_configs: scraped } = parse(shipped('prometheus/prometheus.cluster.yml')) as {
      scrape_configs: { static_configs: { targets: string[] }[] }[];
    };
    expect(scraped.flatMap((one) => one.static_configs.flatMap(({ targets }) => targets))).toEqual(
      nodes.map((name) => `${name}:8080`),
    );
  });

  it.each(Object.keys(secrets))('does not start without the secret %s', (name) => {
    const { status, said } = compose({ ...secrets, [name]: '' });
    expect(status).toBeGreaterThan(0);
    expect(said).toContain(name);
  });

  it('names its secrets in the example, and no others', () => {
    const named = [...shipped('compose/.env.example').matchAll(/^([A-Z_]+)=/gm)].map(([, name]) => name);
    expect(named.toSorted()).toEqual([...Object.keys(secrets), 'SITE_ADDRESS'].toSorted());
  });

  it('mounts files that there are, and the key of the metrics', () => {
    const sources = Object.values(services)
      .flatMap(({ volumes = [] }) => volumes.map((volume) => volume.split(':')[0] ?? ''))
      .filter((source) => source.startsWith('.'));
    expect(sources.length).toBeGreaterThan(4);
    expect(sources.filter((source) => !existsSync(resolve(DEPLOY, 'compose', source)))).toEqual([]);
  });

  it('builds the image from a Dockerfile that there is', () => {
    const { context = '', dockerfile = '' } = services['skreaver-ws']?.build ?? {};
    expect(existsSync(resolve(DEPLOY, 'compose', context, dockerfile))).toBe(true);
  });

  it('has a Caddyfile that Caddy formats as it is', () => {
    const file = join(DEPLOY, 'compose/Caddyfile');
    expect(execFileSync('/usr/bin/caddy', ['fmt', file], { encoding: 'utf8' })).toBe(shipped('compose/Caddyfile'));
  });
});
