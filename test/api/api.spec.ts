import { join } from 'node:path';
import type ts from 'typescript';
import { beforeAll, describe, expect, it } from 'vitest';
import { type ReportedPackage, apiProgram, apiReport } from './api-report.js';

const root = join(import.meta.dirname, '../..');

const packages: readonly ReportedPackage[] = [
  { name: '@skreaver/nestjs-ws', entry: join(root, 'src/index.ts') },
  { name: '@skreaver/nestjs-ws/terminus', entry: join(root, 'src/terminus/index.ts') },
  { name: '@skreaver/nestjs-ws/testing', entry: join(root, 'src/testing/index.ts') },
  { name: '@skreaver/protocol', entry: join(root, 'libs/protocol/src/index.ts') },
  { name: '@skreaver/protocol/msgpack', entry: join(root, 'libs/protocol/src/msgpack/index.ts') },
  { name: '@skreaver/ordered-locks', entry: join(root, 'libs/ordered-locks/src/index.ts') },
  { name: '@skreaver/redis', entry: join(root, 'libs/redis/src/index.ts') },
  { name: '@skreaver/client', entry: join(root, 'libs/client/src/index.ts') },
  { name: '@skreaver/react', entry: join(root, 'libs/react/src/index.ts') },
  { name: '@skreaver/workers', entry: join(root, 'libs/workers/src/index.ts') },
];

let program: ts.Program;

beforeAll(() => {
  program = apiProgram(
    packages.map(({ entry }) => entry),
    join(root, 'tsconfig.test.json'),
  );
}, 180_000);

const reportOf = (self: ReportedPackage): string =>
  apiReport(
    program,
    self,
    packages.filter((other) => other !== self),
  );

describe('the public API', () => {
  it.each(packages)(
    'of $name is the one in git; a deliberate change is recorded by "npm run api:update"',
    async (self) => {
      await expect(reportOf(self)).toMatchFileSnapshot(
        `${self.name.replace('@skreaver/', '').replace('/', '-')}.api.md`,
      );
    },
  );

  it('shows no private member and no comment', () => {
    for (const self of packages) expect(reportOf(self)).not.toMatch(/\bprivate\b|\/\*/);
  });
});
