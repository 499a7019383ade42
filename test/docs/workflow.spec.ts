import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

const read = (path: string): string => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');
const manifest = JSON.parse(read('package.json')) as {
  engines: { node: string };
  peerDependencies: Record<string, string>;
};
const workflow = read('.github/workflows/ci.yml');
const listed = (name: string): number[] =>
  JSON.parse(new RegExp(`^ +${name}: (\\[.*\\])$`, 'm').exec(workflow)?.[1] ?? '[]') as number[];
const majors = (range: string): number[] => [...range.matchAll(/[\^=](\d+)\./g)].map(([, major]) => Number(major));

describe('the workflow', () => {
  it('tests every major version of Nest that the package supports', () => {
    expect(listed('nest')).toEqual(majors(manifest.peerDependencies['@nestjs/core'] as string));
  });

  it('tests the major versions of Node that the package names, and the one in use since', () => {
    expect(listed('node')).toEqual([...majors(manifest.engines.node), 24]);
  });

  it('runs everything on the oldest version of Node that the package supports', () => {
    expect(manifest.engines.node).toContain(`^${read('.nvmrc').trim()}.`);
  });
});
