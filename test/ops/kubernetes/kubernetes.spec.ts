import { join } from 'node:path';
import { environmentNames, SkreaverWsConfig } from '@skreaver/nestjs-ws';
import { beforeAll, describe, expect, it } from 'vitest';
import { MetricName } from '../../../src/metrics/metric-names.js';
import { TestServer } from '../../e2e/test-server.js';
import { Variable } from '../../../apps/server/src/settings/index.js';
import { DEPLOY } from '../shipped-file.js';
import { type Manifest, render } from './kustomize.js';
import { typeErrors } from './manifest-types.js';

const KUBERNETES = join(DEPLOY, 'kubernetes');
const overlays = ['overlays/single', 'overlays/cluster'];
const folders = [...overlays, 'components/gateway', 'components/ingress', 'components/prometheus-operator'];

interface Container {
  readonly ports: readonly { readonly name: string; readonly containerPort: number }[];
  readonly lifecycle: { readonly preStop: { readonly sleep: { readonly seconds: number } } };
  readonly startupProbe: Probe;
  readonly readinessProbe: Probe;
  readonly livenessProbe: Probe;
}

interface Probe {
  readonly httpGet: { readonly path: string; readonly port: string };
}

interface Deployment {
  readonly selector: { readonly matchLabels: object };
  readonly template: {
    readonly metadata: { readonly labels: object };
    readonly spec: { readonly terminationGracePeriodSeconds: number; readonly containers: readonly Container[] };
  };
}

describe.each(folders)('the manifests of %s', (folder) => {
  let manifests: Manifest[];
  beforeAll(() => {
    manifests = render(join(KUBERNETES, folder));
  });

  it('have the types of Kubernetes, and no field besides', () => {
    expect(manifests).not.toEqual([]);
    expect(typeErrors(manifests)).toEqual([]);
  });

  it('are of different names for each kind', () => {
    const names = manifests.map(({ kind, metadata }) => `${kind} ${metadata.name}`);
    expect(new Set(names).size).toBe(names.length);
  });
});

describe('the cluster', () => {
  const manifests = render(join(KUBERNETES, 'overlays/cluster'));
  const of = (kind: string) => manifests.find((one) => one.kind === kind)?.['spec'];

  it('has at least three servers, of which one at most is away on purpose', () => {
    expect(of('HorizontalPodAutoscaler')).toMatchObject({ minReplicas: 3, scaleTargetRef: { name: 'skreaver-ws' } });
    expect(of('PodDisruptionBudget')).toMatchObject({
      maxUnavailable: 1,
      selector: (of('Deployment') as Deployment).selector,
    });
  });

  it('leaves their number to the autoscaler', () => {
    expect(of('Deployment')).not.toHaveProperty('replicas');
  });

  it('can be scaled by connections too, with the types of Kubernetes', () => {
    const scaled = render(join(KUBERNETES, 'components/scale-by-connections'), manifests);
    expect(typeErrors(scaled)).toEqual([]);
    const autoscaler = scaled.find(({ kind }) => kind === 'HorizontalPodAutoscaler')?.['spec'];
    expect(autoscaler).toMatchObject({
      metrics: [{ resource: { name: 'cpu' } }, { pods: { metric: { name: MetricName.ConnectionsActive } } }],
    });
  });
});

describe('the check of types', () => {
  const [deployment] = render(join(KUBERNETES, 'base'));
  it.each([
    ['a field that there is not', { spec: { ...(deployment?.['spec'] as object), replica: 3 } }],
    ['a value of another type', { spec: { ...(deployment?.['spec'] as object), replicas: '3' } }],
  ])('finds %s', (_what, change) => {
    expect(typeErrors([{ ...(deployment as Manifest), ...change }])).toHaveLength(1);
  });
});

describe.each(overlays)('the pods of %s', (folder) => {
  const manifests = render(join(KUBERNETES, folder));
  const of = (kind: string) => manifests.find((one) => one.kind === kind)?.['spec'];
  const { selector, template } = of('Deployment') as Deployment;
  const [container] = template.spec.containers as [Container];

  it('are those that the Deployment, the Service and the NetworkPolicy select', () => {
    const { labels } = template.metadata;
    expect(labels).toEqual(selector.matchLabels);
    expect((of('Service') as { selector: object }).selector).toEqual(labels);
    expect((of('NetworkPolicy') as { podSelector: object }).podSelector).toEqual({ matchLabels: labels });
  });

  it('have time for preStop and for a drain', () => {
    const drain = new SkreaverWsConfig().shutdownTimeout / 1000 + 1;
    const { seconds } = container.lifecycle.preStop.sleep;
    expect(template.spec.terminationGracePeriodSeconds).toBeGreaterThan(seconds + drain);
  });

  it('are probed at paths that the server answers, on its port', async () => {
    const server = await TestServer.start();
    const [port] = container.ports;
    for (const { httpGet } of [container.startupProbe, container.readinessProbe, container.livenessProbe]) {
      expect((await server.get(httpGet.path)).status).toBe(200);
      expect(httpGet.port).toBe(port?.name);
    }
    expect(port?.containerPort).toBe(8080);
  });

  it('get settings that the server reads', () => {
    const settings = manifests.find(({ kind }) => kind === 'ConfigMap')?.['data'] as Record<string, string>;
    const known = new Set<string>([...Object.values(environmentNames), ...Object.values(Variable), 'NODE_OPTIONS']);
    expect(Object.keys(settings).filter((name) => !known.has(name))).toEqual([]);
  });
});
