'use strict';

const { peerDependencies, peerDependenciesMeta } = require('../package.json');

const declares = (manifest, name) =>
  ['dependencies', 'devDependencies', 'peerDependencies'].some((field) => manifest[field]?.[name] !== undefined);

/** Lists the peer packages that an application does not declare, with their versions. */
function missingPeers(manifest) {
  const missing = Object.entries(peerDependencies).filter(
    ([name]) => !peerDependenciesMeta[name]?.optional && !declares(manifest, name),
  );
  return Object.fromEntries(missing.map(([name, range]) => [name, rangeFor(manifest, name, range)]));
}

/** Packages of Nest need the major version that the application has; the newest one would not fit. */
function rangeFor(manifest, name, range) {
  if (!name.startsWith('@nestjs/')) return range;
  const [major] = /\d+/.exec(manifest.dependencies?.['@nestjs/core'] ?? '') ?? [];
  return range.split(' || ').find((part) => part === `^${major}.0.0`) ?? range;
}

/** Adds packages to the dependencies in npm's order, and keeps the indentation. @returns the text of package.json */
function addDependencies(text, packages) {
  const manifest = JSON.parse(text);
  const all = Object.entries({ ...manifest.dependencies, ...packages });
  const dependencies = Object.fromEntries(all.toSorted(([a], [b]) => (a < b ? -1 : 1)));
  const [, indent = '  '] = /^([ \t]+)"/m.exec(text) ?? [];
  return JSON.stringify({ ...manifest, dependencies }, null, indent) + (/\r?\n$/.exec(text)?.[0] ?? '');
}

module.exports = { addDependencies, missingPeers };
