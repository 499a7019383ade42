import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { fixtureFaults } from './fixture-faults.js';

const here = import.meta.dirname;
const fixtureFiles = readdirSync(here).filter((name) => name.endsWith('.fixture.ts'));
/** A fixture that adds to the public types is compiled alone: what it adds holds for its whole program. */
const isAlone = (name: string): boolean => name.endsWith('.alone.fixture.ts');
const planted = join(here, 'planted.fixture.ts');
const plantedText = `
export const fine: number = 1;
export const wrong: number = 'one'; // must not compile: TS2322
export const marked: number = 2; // must not compile: TS2322
export const unmarked: number = 'two';
export const otherCode: number = 'three'; // must not compile: TS2345
export const both: number = nobody('four'), too: number = 'four'; // must not compile: TS2304, TS2322
`;

let faults: ReadonlyMap<string, readonly string[]>;

beforeAll(() => {
  const config = join(here, '../../tsconfig.test.json');
  const read = (name: string) => [join(here, name), readFileSync(join(here, name), 'utf8')] as const;
  const together = fixtureFiles.filter((name) => !isAlone(name)).map(read);
  const alone = fixtureFiles.filter(isAlone).map((name) => fixtureFaults(new Map([read(name)]), config));
  faults = new Map([
    ...fixtureFaults(new Map([...together, [planted, plantedText]]), config),
    ...alone.flatMap((found) => [...found]),
  ]);
}, 180_000);

describe('what must not compile', () => {
  it('has fixtures, and each of them marks some line', () => {
    expect(fixtureFiles).not.toEqual([]);
    const unmarked = fixtureFiles.filter(
      (name) => !readFileSync(join(here, name), 'utf8').includes('must not compile: TS'),
    );
    expect(unmarked).toEqual([]);
  });

  it.each(fixtureFiles)('fails to compile in %s on exactly the marked lines', (name) => {
    expect(faults.get(join(here, name))).toEqual([]);
  });
});

describe('the check itself', () => {
  it('tells a marked line that compiles, an unmarked one that fails, and one that fails for another reason', () => {
    expect(faults.get(planted)).toEqual([
      'line 4 is marked TS2322, but does not fail with it',
      'line 6 is marked TS2345, but does not fail with it',
      "line 5 fails unmarked with TS2322: Type 'string' is not assignable to type 'number'.",
      "line 6 fails unmarked with TS2322: Type 'string' is not assignable to type 'number'.",
    ]);
  });
});
