import { ChannelOptionsResolver } from '../dist/channel/index.js';
import { resolveConfig } from '../dist/config/index.js';

/**
 * Prints the nanoseconds of CPU that it takes to find the options of a channel, by the number of patterns and of channels:
 * the median of eleven runs. More channels than are remembered are matched each time. `npm run bench:patterns`.
 */
const RUNS = 11;
const LOOKUPS = 200_000;

/** Names as messages bring them: texts of their own, of which each is looked up in turn. */
const namesOf = (patterns, channels) =>
  JSON.parse(JSON.stringify(Array.from({ length: channels }, (_, at) => `tenant-${at % patterns}:${at}:agents`)));

function resolverOf(patterns) {
  const keys = Array.from({ length: patterns }, (_, at) => `tenant-${at}:*:agents`);
  return new ChannelOptionsResolver(resolveConfig({ channels: Object.fromEntries(keys.map((key) => [key, {}])) }));
}

function nanoseconds(resolver, names) {
  const before = process.cpuUsage().user;
  for (let at = 0; at < LOOKUPS; at += 1) resolver.of(names[at % names.length]);
  return ((process.cpuUsage().user - before) * 1000) / LOOKUPS;
}

function median(patterns, channels) {
  const [resolver, names] = [resolverOf(patterns), namesOf(patterns, channels)];
  const runs = Array.from({ length: RUNS }, () => nanoseconds(resolver, names)).toSorted((one, other) => one - other);
  return Math.round(runs[RUNS >> 1]);
}

process.stdout.write(`Node ${process.versions.node}\npatterns  channels  ns\n`);
for (const patterns of [1, 10, 100]) {
  for (const channels of [1000, 20_000]) {
    const columns = [String(patterns).padStart(8), String(channels).padStart(8), String(median(patterns, channels))];
    process.stdout.write(`${columns.join('  ')}\n`);
  }
}
