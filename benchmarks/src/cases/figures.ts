import type { Figure } from './bench-case.js';

export const deliveryRate: Figure = { name: 'rate', label: 'deliveries', unit: '/s', better: 'higher' };
export const requestRate: Figure = { name: 'rate', label: 'requests', unit: '/s', better: 'higher' };
export const eventsOfCore: Figure = { name: 'ofCore', label: 'events of a full core', unit: '/s', better: 'higher' };
export const networkCpu: Figure = {
  name: 'network',
  label: 'CPU of the network process per event',
  unit: 'µs',
  better: 'lower',
};
export const acceptRate: Figure = {
  name: 'accepts',
  label: 'connections per CPU second',
  unit: '/s',
  better: 'higher',
};
/** What a case of accepting tells beside {@link acceptRate}. */
export const acceptFigures: readonly Figure[] = [
  { name: 'opened', label: 'connections', unit: '/s', better: 'higher' },
  { name: 'cpu', label: 'CPU per connection', unit: 'µs', better: 'lower' },
  { name: 'engine', label: 'CPU of Redis per connection', unit: 'µs', better: 'lower' },
];
export const rssPerConnection: Figure = { name: 'rss', label: 'RSS per connection', unit: 'KiB', better: 'lower' };
export const heapPerConnection: Figure = {
  name: 'heap',
  label: 'heap and buffers per connection',
  unit: 'KiB',
  better: 'lower',
};
export const bytesPerDelivery: Figure = {
  name: 'bytes',
  label: 'on the wire per delivery',
  unit: 'B',
  better: 'lower',
};
export const enginePerPublish: Figure = {
  name: 'engine',
  label: 'CPU of Redis or the hub per publish',
  unit: 'µs',
  better: 'lower',
};
export const lag: Figure = { name: 'lag', label: 'lag', unit: 'ms', better: 'lower' };
export const bystanderFigures: readonly Figure[] = [
  { name: 'waitP99', label: 'bystander waits p99', unit: 'ms', better: 'lower' },
  { name: 'waitP50', label: 'bystander waits p50', unit: 'ms', better: 'lower' },
];
export const serverLoad: Figure = { name: 'server', label: 'server core', unit: '%', better: 'lower' };
export const clientLoad: Figure = { name: 'client', label: 'client core', unit: '%', better: 'lower' };

const delayFigures = (what: string, shown: Readonly<Record<string, string>>): readonly Figure[] =>
  Object.entries(shown).map(([name, label]) => ({ name, label: `${what} ${label}`, unit: 'ms', better: 'lower' }));

export const latencyFigures = delayFigures('latency', { p50: 'p50', p90: 'p90', p99: 'p99', p999: 'p99.9' });
export const loopDelayFigures = delayFigures('loop delay', { p50: 'p50', p99: 'p99', p999: 'p99.9', max: 'max' });
