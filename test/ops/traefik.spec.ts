import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { shipped } from './shipped-file.js';

interface Dynamic {
  readonly http: {
    readonly routers: Record<string, { readonly entryPoints: readonly string[]; readonly service: string }>;
    readonly services: Record<string, unknown>;
  };
}

/** Debian has no Traefik, so its configuration is not run. */
describe('the configuration of Traefik', () => {
  const { entryPoints } = parse(shipped('proxies/traefik/traefik.yaml')) as { entryPoints: object };
  const { http } = parse(shipped('proxies/traefik/dynamic.yaml')) as Dynamic;
  const routers = Object.values(http.routers);

  it('routes from entry points to services that it has', () => {
    expect(routers.flatMap((router) => router.entryPoints).filter((name) => !(name in entryPoints))).toEqual([]);
    expect(routers.map(({ service }) => service)).toEqual(Object.keys(http.services));
  });
});
