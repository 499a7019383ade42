import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { RequestMethod, type Type } from '@nestjs/common';
import { closeCodes } from '@skreaver/protocol';
import {
  type ChannelOptions,
  type Handshake,
  SkreaverWsConfig,
  type UpgradeHandshake,
  WsErrorCode,
  type SkreaverWsExtras,
  configFromEnvironment,
  environmentNames,
  resolveConfig,
} from '@skreaver/nestjs-ws';
import { Registry, register } from 'prom-client';
import { describe, expect, it } from 'vitest';
import {
  DisconnectController,
  HealthController,
  MethodsController,
  NodesController,
  OverviewController,
  PublishController,
  RebalanceController,
  RevokeController,
} from '../../apps/server/src/http/index.js';
import { Variable, serverSettings } from '../../apps/server/src/settings/index.js';
import { registerHubMetrics } from '../../libs/workers/src/hub/hub-metrics.js';
import { ChannelOptionsResolver } from '../../src/channel/index.js';
import { MetricName } from '../../src/metrics/metric-names.js';
import { BuiltInRequests } from '../../src/request/built-in/built-in-requests.js';
import { PresenceRequests } from '../../src/request/built-in/presence-requests.js';
import { StatsRequests } from '../../src/request/built-in/stats-requests.js';
import { WS_REQUEST } from '../../src/request/dispatch/ws-request.decorator.js';
import { roomOf } from '../support/architecture/rooms.js';
import { startApp } from '../support/test-app.js';
import { rules } from './snippets/channel-rules.js';
import { rowsIn, rowsOf } from './snippets/tables.js';

const ROOT = join(import.meta.dirname, '../..');

const column = (rows: readonly string[][], at: number): string[] => rows.map((cells) => cells[at] ?? '');

describe('the tables of options in the guide', () => {
  const options = rowsOf('limits-and-errors', 'option');
  const defaults = new SkreaverWsConfig();
  const fields = Object.keys(defaults) as (keyof SkreaverWsConfig)[];

  it('list every option once, and no other', () => {
    expect(column(options, 0).toSorted()).toEqual(fields.toSorted());
  });

  it.each(options)('give the default of %s: %s, in the notation of %s', (option, shown = '', variable = '') => {
    const field = option as keyof SkreaverWsConfig;
    expect(variable).toBe(environmentNames[field]);
    const read = configFromEnvironment(['none', 'all'].includes(shown) ? {} : { [variable]: shown });
    expect(read[field] ?? []).toEqual(defaults[field]);
  });
});

describe('the tables of codes in the guide', () => {
  it('list every error code once, in the order of the protocol', () => {
    expect(column(rowsOf('limits-and-errors', 'error code'), 0)).toEqual(Object.values(WsErrorCode));
  });

  it('list every close code with its name and what the client does', () => {
    const shown = rowsOf('limits-and-errors', 'close code').map(([code, name, , client]) => [code, name, client]);
    expect(shown).toEqual(
      closeCodes.map(({ code, name, client }) => [String(code), name, client.replaceAll('-', ' ')]),
    );
  });
});

describe('the table of metrics in the guide', () => {
  it('lists every metric of the module with its labels', async () => {
    await startApp();
    const metrics = register.getMetricsAsArray();
    const labelled = Object.values(MetricName).map((name) => {
      const metric = metrics.find((one) => one.name === name) as unknown as { labelNames: string[]; type: string };
      return [name, metric.type, metric.labelNames.join(', ')];
    });
    const shown = rowsOf('deployment', 'metric').map((cells) => cells.slice(0, 3));
    expect(shown.toSorted()).toEqual(labelled.toSorted());
  });

  it('lists every metric of the hub', async () => {
    const registry = new Registry();
    registerHubMetrics(registry, () => ({ events: 0, bytes: 0 }));
    const served = (await registry.getMetricsAsJSON()).map(({ name, type }) => [name, String(type)]);
    expect(rowsOf('deployment', 'metric of the hub').map((cells) => cells.slice(0, 2))).toEqual(served);
  });
});

describe('the table of channel options in the guide', () => {
  const options = rowsOf('limits-and-errors', 'channel option');

  it('lists every option once, and no other', () => {
    const all = { clientPublish: true, history: true, presence: true, joinLeave: true, overflow: true, mirror: true };
    expect(column(options, 0)).toEqual(Object.keys(all satisfies Record<keyof ChannelOptions, boolean>));
  });

  it.each(options)('gives a default that the option accepts: %s', (option, shown = '') => {
    const value = shown === 'false' ? false : shown;
    const channels = { '*': shown === 'none' ? {} : { [option]: value } };
    expect(resolveConfig({ channels }).channels).toEqual(channels);
  });
});

describe('the table of channels and their rules in the guide', () => {
  const { channels = {} } = rules;
  const resolver = new ChannelOptionsResolver(resolveConfig(rules));

  it('is about the rules that are shown there', () => {
    const snippet = readFileSync(join(import.meta.dirname, 'snippets/channel-rules.ts'), 'utf8');
    const page = readFileSync(join(ROOT, 'docs/guide/limits-and-errors.md'), 'utf8');
    expect(page).toContain(`\`\`\`ts\n${snippet.replace('export const', 'const')}\`\`\``);
  });

  it.each(rowsOf('limits-and-errors', 'name of a channel'))('gives %s the options of %s alone', (name, rule = '') => {
    expect(channels).toHaveProperty([rule]);
    expect(resolver.of(name)).toEqual(channels[rule]);
  });
});

describe('the tables of types in the guide', () => {
  it('list every field of the handshake', () => {
    const all = { connectionId: true, clientAddress: true, origin: true, query: true, headers: true };
    expect(column(rowsOf('connections-and-auth', 'field'), 0)).toEqual(
      Object.keys(all satisfies Record<keyof Handshake, boolean>),
    );
  });

  it('list every field that a handshake without a token has beside those', () => {
    const all = { cookie: true, peerCertificate: true, viaTrustedProxy: true };
    expect(column(rowsOf('connections-and-auth', 'further field'), 0)).toEqual(
      Object.keys(all satisfies Record<Exclude<keyof UpgradeHandshake, keyof Handshake>, boolean>),
    );
  });

  it('list every field of forRoot beside the options', () => {
    const all = { authHandler: true, imports: true, isGlobal: true, backplane: true };
    expect(column(rowsOf('module', 'field'), 0)).toEqual(
      Object.keys(all satisfies Record<keyof SkreaverWsExtras, boolean>),
    );
  });

  it('list every source of a token', () => {
    const { tokenSources } = new SkreaverWsConfig();
    expect(column(rowsOf('connections-and-auth', 'source'), 0).toSorted()).toEqual(
      [...tokenSources, 'cookie:<name>'].toSorted(),
    );
  });
});

describe('the tables of the standalone server in the guide', () => {
  const variables = rowsOf('deployment', 'variable').map(([variable, , shown]) => [variable, shown] as const);

  it('list every variable of its own once, and no other', () => {
    expect(variables.map(([variable]) => variable).toSorted()).toEqual(Object.values(Variable).toSorted());
  });

  it('give the defaults', () => {
    const shown = Object.fromEntries(variables);
    const settings = serverSettings({});
    expect(shown[Variable.Port]).toBe(String(settings.port));
    expect(shown[Variable.LogLevel]).toBe(settings.logLevel);
    expect(shown[Variable.Host]).toBe('all; loopback while anonymous');
    expect(settings.host).toBe('127.0.0.1');
    expect(serverSettings({ [Variable.ApiKeys]: `${'k'.repeat(32)}=alice` }).host).toBe('0.0.0.0');
  });

  it('list every endpoint of the HTTP API', () => {
    const routesOf = (controller: Type): string[] => {
      const root = Reflect.getMetadata('path', controller) as string;
      const methods = Object.getOwnPropertyDescriptors(controller.prototype as Record<string, object>);
      return Object.values(methods).flatMap(({ value }) => {
        const method = Reflect.getMetadata('method', value as object) as RequestMethod | undefined;
        if (method === undefined) return [];
        const path = (Reflect.getMetadata('path', value as object) as string).replace(/^\/$/, '');
        return [`${RequestMethod[method]} /${root}${path === '' ? '' : `/${path}`}`];
      });
    };
    const controllers = [
      DisconnectController,
      HealthController,
      MethodsController,
      NodesController,
      OverviewController,
      PublishController,
      RebalanceController,
      RevokeController,
    ];
    const shown = column(rowsOf('deployment', 'endpoint'), 0).flatMap((cell) => {
      const [method = '', ...paths] = cell.split(/,? /);
      return paths.map((path) => `${method} ${path}`);
    });
    expect([...new Set(shown)].toSorted()).toEqual([...controllers.flatMap(routesOf), 'GET /metrics'].toSorted());
  });
});

describe('the table of requests in the protocol', () => {
  it('lists every built-in method', () => {
    const methodsOf = (requests: Type): string[] =>
      Object.values(Object.getOwnPropertyDescriptors(requests.prototype as Record<string, object>)).flatMap(
        ({ value }) =>
          (Reflect.getMetadata(WS_REQUEST, value as object) as { method: string } | undefined)?.method ?? [],
      );
    const builtIn = [BuiltInRequests, PresenceRequests, StatsRequests].flatMap(methodsOf);
    expect(column(rowsIn('PROTOCOL.md', 'method'), 0).toSorted()).toEqual(builtIn.toSorted());
  });
});

describe('the pages on the inside', () => {
  const sources = execFileSync('git', ['ls-files', 'src', 'libs/*/src', 'test/contract', 'test/support'], {
    cwd: ROOT,
    encoding: 'utf8',
  })
    .trim()
    .split('\n')
    .filter((file) => file.endsWith('.ts') && !file.endsWith('.spec.ts'));
  const page = (name: string): string => readFileSync(join(ROOT, `docs/${name}.md`), 'utf8');

  it('give every room its row', () => {
    const shown = rowsIn('docs/architecture.md', 'row').map(([row, room = '']) => [room, Number(row)] as const);
    const pathOf = (room: string): string => (room.startsWith('libs/') || room === 'src' ? room : `src/${room}`);
    expect(
      shown.filter(
        ([room, row]) => roomOf(room.endsWith('.ts') ? pathOf(room) : `${pathOf(room)}/index.ts`)?.row !== row,
      ),
    ).toEqual([]);
    const folders = [...readdirSync(join(ROOT, 'src')), ...readdirSync(join(ROOT, 'libs')).map((lib) => `libs/${lib}`)];
    expect(shown.map(([room]) => room).toSorted()).toEqual(
      folders.filter((name) => !name.endsWith('.spec.ts')).toSorted(),
    );
  });

  it.each(['architecture', 'delivery', 'performance'])('name objects that there are: docs/%s.md', (name) => {
    const text = sources.map((file) => readFileSync(join(ROOT, file), 'utf8')).join('\n');
    const named = [...page(name).matchAll(/`([A-Z][a-z]+[A-Z]\w*)(?:\.\w+)?(?:\(\))?`/g)].map(
      ([, object = '']) => object,
    );
    expect([...new Set(named)].filter((object) => !new RegExp(`\\b${object}\\b`).test(text))).toEqual([]);
  });

  it.each(['architecture', 'delivery', 'performance'])('name files that there are: docs/%s.md', (name) => {
    const files = [...page(name).matchAll(/`((?:[\w.-]+\/)+[\w.-]+\.ts)`/g)].map(([, file = '']) => file);
    expect(files.filter((file) => !existsSync(join(ROOT, 'src', file)) && !existsSync(join(ROOT, file)))).toEqual([]);
  });
});

describe('the lists of pages', () => {
  const guide = readdirSync(join(ROOT, 'docs/guide')).filter((file) => file.endsWith('.md'));

  it.each(['README.md', 'docs/README.md'])('name every page of the guide: %s', (list) => {
    const text = readFileSync(join(ROOT, list), 'utf8');
    expect(guide.filter((file) => !text.includes(`guide/${file})`))).toEqual([]);
  });
});
